"""Call counts of hot paths: they grow when somebody adds work, on any machine and under any load."""
