// MTPStorage
