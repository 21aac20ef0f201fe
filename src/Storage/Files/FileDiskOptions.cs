namespace Blockwire.Storage;

/// <summary>How <see cref="FileDisk.Open"/> opens a file.</summary>
public sealed record FileDiskOptions
{
    /// <summary>Nothing may change the disk; others may read the file at the same time.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Bytes in a logical block: 512 or 4096; 2048 on a CD.</summary>
    public uint BlockBytes { get; init; } = 512;

    /// <summary>Creates the file with this many bytes when it is missing; a file that is there must have just this size.</summary>
    public ulong? CreateBytes { get; init; }

    /// <summary>A file that is created gets all its space at once, so that no later write runs out of it; otherwise it is sparse.</summary>
    public bool Preallocate { get; init; }

    /// <summary>Leaves the system calls of Linux aside, for tests of what other systems do.</summary>
    internal bool Portable { get; init; }

    /// <summary>Puts something before the system calls, for tests.</summary>
    internal Func<IFileCalls, IFileCalls>? Wrap { get; init; }

    /// <summary>How long an I/O thread stays without work.</summary>
    internal TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(10);
}
