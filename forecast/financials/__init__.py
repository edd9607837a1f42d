"""financials"""
