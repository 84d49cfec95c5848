"""Room: the OctoPrint face. Converts, calls the controller, converts back; decides nothing."""
