"""The desk: where listeners and counsellors take over."""
