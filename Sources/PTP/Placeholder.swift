// PTP
