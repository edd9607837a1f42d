"""shocks"""
