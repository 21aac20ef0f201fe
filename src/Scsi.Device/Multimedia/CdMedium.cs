using System.Buffers.Binary;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>An image as a CD or a DVD: one session with one data track, which a pressed medium has (MMC-5, ECMA-130).</summary>
internal static class CdMedium
{
    /// <summary>Bytes in a block: the user data of a mode 1 sector, or a DVD's sector.</summary>
    public const uint BlockBytes = 2048;

    /// <summary>
    /// Blocks of the longest image that is shown as a CD. Beyond it the lead-out would begin behind 99:59:74, the last address that the sectors of a CD can have
    /// (ECMA-130): such an image is shown as a DVD. 921,292,800 bytes.
    /// </summary>
    public const uint MostBlocksOfCd = 100 * FramesPerMinute - PregapFrames;

    /// <summary>Number of the lead-out in a table of contents.</summary>
    public const byte LeadOut = 0xAA;

    /// <summary>ADR 1, data track that was recorded without interruption.</summary>
    public const byte DataTrack = 0x14;

    private const uint FramesPerSecond = 75;
    private const uint FramesPerMinute = 60 * FramesPerSecond;
    private const uint PregapFrames = 150;
    private const uint LastFrame = 256 * FramesPerMinute - 1;

    /// <summary>Is what is in the unit shown as a CD?</summary>
    public static bool IsCd(LogicalUnit unit) => unit.Traits.BlockCount <= MostBlocksOfCd;

    /// <summary>Current profile of the drive; 0 without a medium.</summary>
    public static ushort Profile(LogicalUnit unit) => !unit.IsLoaded ? (ushort)0 : IsCd(unit) ? DriveConfiguration.CdRom : DriveConfiguration.DvdRom;

    /// <summary>Kilobytes (1000 bytes) a second that are shown as speed, where one must be: 52 times a CD, 16 times a DVD. Nothing here turns.</summary>
    public static ushort Speed(LogicalUnit unit) => IsCd(unit) ? (ushort)9173 : (ushort)22160;

    /// <summary>Blocks of the medium, as a field of 32 bits has them.</summary>
    public static uint Blocks(LogicalUnit unit) => (uint)Math.Min(unit.Traits.BlockCount, uint.MaxValue);

    /// <summary>Writes minute, second and frame of a block: three bytes. What lies behind 255:59:74 is written as that (MMC-5).</summary>
    public static void WriteMsf(uint lba, Span<byte> into)
    {
        uint frame = Math.Min(lba, LastFrame - PregapFrames) + PregapFrames;
        (into[0], into[1], into[2]) = ((byte)(frame / FramesPerMinute), (byte)(frame / FramesPerSecond % 60), (byte)(frame % FramesPerSecond));
    }

    /// <summary>The block of minute, second and frame; null when they are no address, or one before the first block.</summary>
    public static uint? ReadMsf(ReadOnlySpan<byte> msf)
    {
        uint frame = msf[0] * FramesPerMinute + msf[1] * FramesPerSecond + msf[2];
        return msf[1] < 60 && msf[2] < FramesPerSecond && frame >= PregapFrames ? frame - PregapFrames : null;
    }

    /// <summary>Writes an address of four bytes, as a block or as 0, minute, second and frame.</summary>
    public static void WriteAddress(uint lba, bool asMsf, Span<byte> into)
    {
        if (asMsf)
        {
            into[0] = 0;
            WriteMsf(lba, into[1..]);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(into, lba);
        }
    }
}
