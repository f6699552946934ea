/// What starts a profile when its device is plugged in, with `@NAMES@` to be filled in; `udev/` has the same as files.
enum AutorunTemplates {
  static let rule = """
    # Starts the profile @PROFILE@ of FileSync when its device is plugged in; `filesync autorun print @PROFILE@` wrote it.
    # Nothing runs here, since udev ends what takes long: systemd starts filesync-@PROFILE@@.service, as the user.
    # By the serial number where there is one: a phone can be another product when it is unlocked.
    # @DEVICE@
    ACTION!="remove", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:06????:*|*:ff????:*", \\
      @MATCH@, TAG+="uaccess", TAG+="systemd", \\
      ENV{SYSTEMD_USER_WANTS}+="filesync-@PROFILE@@.service"

    """

  static let userUnit = """
    # Runs the profile @PROFILE@ of FileSync when its device is plugged in; `filesync autorun print @PROFILE@` wrote it.
    # The instance is the device, as a path in sysfs; the udev rule names it.
    [Unit]
    Description=FileSync profile @PROFILE@
    Documentation=man:filesync(1)
    # Not bound to the device: systemd would stop a run whose device comes back at once, as a phone that is unlocked does,
    # and could not start another one as long as it stops. The run itself waits for the device, and ends without it.
    # Never as root.
    ConditionUser=!root
    # Not again and again for a device that comes and goes by itself.
    StartLimitIntervalSec=300
    StartLimitBurst=5

    [Service]
    Type=exec
    @ENVIRONMENT@ExecStart=@COMMAND@
    # Not ready, as when it was never unlocked or is unplugged; interrupted.
    SuccessExitStatus=2 130 143
    KillMode=mixed
    NoNewPrivileges=yes

    """

  static let systemRule = """
    # Starts the profile @PROFILE@ of FileSync when its device is plugged in; `filesync autorun print --system @PROFILE@`
    # wrote it. Nothing runs here, since udev ends what takes long: systemd starts filesync-@PROFILE@@.service, as @USER@.
    # By the serial number where there is one: a phone can be another product when it is unlocked.
    # @DEVICE@
    ACTION!="remove", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:06????:*|*:ff????:*", \\
      @MATCH@, OWNER="@USER@", MODE="0600", TAG+="systemd", \\
      ENV{SYSTEMD_WANTS}+="filesync-@PROFILE@@.service"

    """

  static let systemUnit = """
    # Runs the profile @PROFILE@ of FileSync when its device is plugged in, on a computer that nobody logs in to;
    # `filesync autorun print --system @PROFILE@` wrote it. The instance is the device, as a path in sysfs; the udev rule
    # names it.
    [Unit]
    Description=FileSync profile @PROFILE@
    Documentation=man:filesync(1)
    # Not bound to the device: systemd would stop a run whose device comes back at once, as a phone that is unlocked does,
    # and could not start another one as long as it stops. The run itself waits for the device, and ends without it.
    # Not again and again for a device that comes and goes by itself.
    StartLimitIntervalSec=300
    StartLimitBurst=5

    [Service]
    Type=exec
    # Whose profile it is; never root.
    User=@USER@
    @ENVIRONMENT@ExecStart=@COMMAND@
    # Not ready, as when it was never unlocked or is unplugged; interrupted.
    SuccessExitStatus=2 130 143
    KillMode=mixed
    NoNewPrivileges=yes

    """
}
