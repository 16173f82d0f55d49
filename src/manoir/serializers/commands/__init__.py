"""Commands of serializers: dumpdata, loaddata."""
