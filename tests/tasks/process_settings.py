"""Settings of worker processes that tests start; the database and TASKS come from the environment."""

import json
import os

given = json.loads(os.environ["TASK_TEST_SETTINGS"])
SECRET_KEY = "a key of tests that is long enough, 0123456789"
INSTALLED_APPS = ["manoir.tasks", "tests.tasks"]
DATABASES = given["DATABASES"]
TASKS = given["TASKS"]
LOGGING_CONFIG = None
