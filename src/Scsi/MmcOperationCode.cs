namespace Blockwire.Scsi;

/// <summary>
/// Operation codes of MMC-5 that CD/DVD drives (device type 05h) have beside those of <see cref="OperationCode"/>. Some are other commands on disks: 42h is UNMAP there.
/// </summary>
public static class MmcOperationCode
{
    /// <summary>SEEK(10).</summary>
    public const byte Seek10 = 0x2B;

    /// <summary>READ SUB-CHANNEL.</summary>
    public const byte ReadSubChannel = 0x42;

    /// <summary>READ TOC/PMA/ATIP.</summary>
    public const byte ReadToc = 0x43;

    /// <summary>GET CONFIGURATION.</summary>
    public const byte GetConfiguration = 0x46;

    /// <summary>GET EVENT STATUS NOTIFICATION.</summary>
    public const byte GetEventStatusNotification = 0x4A;

    /// <summary>READ DISC INFORMATION.</summary>
    public const byte ReadDiscInformation = 0x51;

    /// <summary>READ TRACK INFORMATION.</summary>
    public const byte ReadTrackInformation = 0x52;

    /// <summary>READ BUFFER CAPACITY.</summary>
    public const byte ReadBufferCapacity = 0x5C;

    /// <summary>GET PERFORMANCE.</summary>
    public const byte GetPerformance = 0xAC;

    /// <summary>READ DVD STRUCTURE, READ DISC STRUCTURE since MMC-5.</summary>
    public const byte ReadDvdStructure = 0xAD;

    /// <summary>SET STREAMING.</summary>
    public const byte SetStreaming = 0xB6;

    /// <summary>READ CD MSF.</summary>
    public const byte ReadCdMsf = 0xB9;

    /// <summary>SET CD SPEED.</summary>
    public const byte SetCdSpeed = 0xBB;

    /// <summary>MECHANISM STATUS.</summary>
    public const byte MechanismStatus = 0xBD;

    /// <summary>READ CD.</summary>
    public const byte ReadCd = 0xBE;
}
