using System.Buffers.Binary;
using Blockwire.Scsi.Device.Multimedia;

namespace Blockwire.Scsi.Device.Modes;

/// <summary>The mode pages of a CD/DVD drive (MMC-5, and of MMC what old drivers ask for), in the order of reports.</summary>
internal static class CdDvdModePages
{
    private const int LockAt = 6;
    private const byte Locked = 0x02;
    private const int MaximumSpeedAt = 8, BufferAt = 12, SpeedAt = 14;
    private const ushort FastestSpeed = 22160;

    /// <summary>Every page.</summary>
    public static IReadOnlyList<ModePage> All { get; } =
    [
        // Nothing is retried here: what the image's disk says is final.
        new(PageCodes.Mode.ReadWriteErrorRecovery, 0, 12, Nothing),
        new(PageCodes.Mode.CdDeviceParameters, 0, 8, WriteParameters),
        // Audio control: nothing plays, so all that is said is that playing would be immediate.
        new(PageCodes.Mode.CdAudioControl, 0, 16, static (_, page) => page[2] = 0x04),
        new(PageCodes.Mode.PowerCondition, 0, 12, Nothing, WritePowerMask),
        new(PageCodes.Mode.TimeoutAndProtect, 0, 10, WriteTimeouts),
        new(PageCodes.Mode.CdCapabilities, 0, 32, WriteCapabilities) { Now = WriteState },
    ];

    private static void Nothing(ModeScope scope, Span<byte> page)
    {
    }

    // 60 seconds in a minute, 75 frames in a second.
    private static void WriteParameters(ModeScope scope, Span<byte> page)
    {
        BinaryPrimitives.WriteUInt16BigEndian(page[4..], 60);
        BinaryPrimitives.WriteUInt16BigEndian(page[6..], 75);
    }

    // Two timers, idle and standby: whether they run, and how many tenths of a second. They lie where SPC-4 has those of idle_a and standby_z.
    private static void WritePowerMask(ModeScope scope, Span<byte> page)
    {
        page[3] = 0x03;
        page[4..12].Fill(0xFF);
    }

    // Seconds that a host should wait at least for commands of both groups.
    private static void WriteTimeouts(ModeScope scope, Span<byte> page)
    {
        BinaryPrimitives.WriteUInt16BigEndian(page[6..], 30);
        BinaryPrimitives.WriteUInt16BigEndian(page[8..], 30);
    }

    // Reads CD-R, CD-RW and DVD-ROM; writes and plays nothing. A tray that can be ejected and locked.
    private static void WriteCapabilities(ModeScope scope, Span<byte> page)
    {
        page[2] = 0x0B;
        page[LockAt] = 0x29;
        BinaryPrimitives.WriteUInt16BigEndian(page[MaximumSpeedAt..], FastestSpeed);
        BinaryPrimitives.WriteUInt16BigEndian(page[BufferAt..], (ushort)(LogicalUnit.MaxTransferBytes / 1024));
        BinaryPrimitives.WriteUInt16BigEndian(page[SpeedAt..], FastestSpeed);
    }

    private static void WriteState(LogicalUnit unit, Span<byte> page)
    {
        page[LockAt] |= unit.IsRemovalPrevented ? Locked : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(page[SpeedAt..], CdMedium.Speed(unit));
    }
}
