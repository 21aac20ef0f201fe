namespace Blockwire.Storage;

/// <summary>The errno values of Linux that a disk meets, and what they are as an <see cref="IoStatus"/>.</summary>
internal static class LinuxErrors
{
    public const int NotPermitted = 1;          // EPERM
    public const int Interrupted = 4;           // EINTR
    public const int NoSuchAddress = 6;         // ENXIO
    public const int WouldBlock = 11;           // EAGAIN, EWOULDBLOCK
    public const int AccessDenied = 13;         // EACCES
    public const int Busy = 16;                 // EBUSY
    public const int Invalid = 22;              // EINVAL

    private const int NoDevice = 19;            // ENODEV
    public const int NoSpace = 28;             // ENOSPC
    public const int ReadOnlyFileSystem = 30;  // EROFS
    private const int NoSystemCall = 38;        // ENOSYS
    private const int NotSupported = 95;        // EOPNOTSUPP
    private const int NoMedium = 123;           // ENOMEDIUM
    private const int QuotaExceeded = 122;      // EDQUOT

    public static bool IsUnsupported(int error) => error is NotSupported or NoSystemCall;

    /// <summary>What an error of the system says of the disk.</summary>
    /// <param name="error">The errno.</param>
    /// <param name="otherwise">What every other error is: <see cref="IoStatus.ReadError"/> or <see cref="IoStatus.WriteError"/>.</param>
    public static IoStatus ToStatus(int error, IoStatus otherwise) => error switch
    {
        NoSpace or QuotaExceeded when otherwise == IoStatus.WriteError => IoStatus.NoSpace,
        ReadOnlyFileSystem when otherwise == IoStatus.WriteError => IoStatus.WriteProtected,
        NoDevice or NoMedium or NoSuchAddress => IoStatus.NotReady,
        _ => otherwise,
    };
}
