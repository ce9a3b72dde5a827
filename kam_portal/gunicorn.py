"""Settings of the web server that hold everywhere; address and number of workers are given on the command line."""

worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 8
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
preload_app = True  # one import for all workers: starts sooner and shares memory
accesslog = None  # requests are logged by the application, as JSON with user and request id
errorlog = "-"
loglevel = "warning"
