start({ fan, probability, goal_seek: goalSeek, frontier, bridge, tornado });
