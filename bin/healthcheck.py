"""Asks the web server in this container `healthz` or `readyz`: the container engine's health check."""

import http.client
import os
import sys


def main() -> None:
    allowed = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*") or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=4)
    try:
        connection.request("GET", f"/{sys.argv[1]}", headers={"Host": allowed})
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        sys.exit(str(error))
    print(answer.read().decode())
    sys.exit(answer.status != http.HTTPStatus.OK)


if __name__ == "__main__":
    main()
