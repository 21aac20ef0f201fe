using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Copy;

/// <summary>What third-party copies are allowed to cost; the one place for what RECEIVE COPY OPERATING PARAMETERS and the VPD page 8Fh tell.</summary>
internal static class CopyBounds
{
    /// <summary>CSCD descriptors of one copy.</summary>
    public const int Disks = 16;

    /// <summary>Segment descriptors of one copy.</summary>
    public const int Segments = 64;

    /// <summary>Bytes of both descriptor lists of one copy.</summary>
    public const int ListBytes = Disks * CopyDisk.Length + Segments * CopySegment.Length;

    /// <summary>Bytes of one segment.</summary>
    public const uint SegmentBytes = 1 << 28;

    /// <summary>Copies of one nexus that run at a time.</summary>
    public const int RunningOfNexus = 16;

    /// <summary>Copies of all nexuses that run at a time; each holds a buffer of <see cref="PieceBytes"/>.</summary>
    public const int Running = 64;

    /// <summary>Copies of one nexus that are over and may still be asked for; the oldest goes first.</summary>
    public const int KeptOfNexus = 64;

    /// <summary>Bytes that are read and written at a time.</summary>
    public const int PieceBytes = 512 << 10;

    /// <summary>Bytes of a hole that are zeroed at a time.</summary>
    public const ulong HoleBytes = 64 << 20;

    /// <summary>Smallest unit of a segment, as a power of two of bytes: a block of 512.</summary>
    public const byte Granularity = 9;

    /// <summary>Range descriptors of POPULATE TOKEN and WRITE USING TOKEN.</summary>
    public const int TokenRanges = 64;

    /// <summary>Bytes that one token stands for, and that one WRITE USING TOKEN writes: little enough to be done before an initiator loses patience.</summary>
    public const ulong TokenBytes = 256UL << 20;

    /// <summary>Bytes to ask for at a time, when there is a choice.</summary>
    public const ulong OptimalTokenBytes = 64UL << 20;

    /// <summary>Tokens of the target that are valid at a time.</summary>
    public const int Tokens = 256;

    /// <summary>Tokens of the target that are not valid any more, of which is still known why.</summary>
    public const int FormerTokens = 256;

    /// <summary>Seconds without use after which a token goes, when POPULATE TOKEN does not say.</summary>
    public const uint DefaultInactivitySeconds = 60;

    /// <summary>Most seconds that POPULATE TOKEN may ask for.</summary>
    public const uint MaximumInactivitySeconds = 600;
}
