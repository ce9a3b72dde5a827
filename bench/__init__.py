"""What `make bench` measures: ratios against a limit or peer in the same run. Installed only where KAM_ENV=local."""
