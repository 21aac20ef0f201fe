using System.Buffers.Binary;
using System.Text;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>When a feature is current.</summary>
internal enum FeatureTime
{
    /// <summary>Whatever medium there is, and without one: the feature is persistent.</summary>
    Always,

    /// <summary>With every medium.</summary>
    WithMedium,

    /// <summary>With a CD.</summary>
    WithCd,

    /// <summary>With a DVD.</summary>
    WithDvd,
}

/// <summary>A feature of a CD/DVD drive (MMC-5 §5.3): a row that GET CONFIGURATION reads.</summary>
/// <param name="Code">Feature code.</param>
/// <param name="Version">Version.</param>
/// <param name="Current">When it is current.</param>
/// <param name="Write">Writes its feature dependent data into cleared bytes; returns how many, a multiple of four.</param>
internal sealed record DriveFeature(ushort Code, byte Version, FeatureTime Current, DriveFeatureWriter Write);

/// <summary>Writes the feature dependent data of a unit; returns how many bytes.</summary>
internal delegate int DriveFeatureWriter(LogicalUnit unit, Span<byte> into);

/// <summary>GET CONFIGURATION (MMC-5): the features of the drive, and which of them are current with the medium that it has.</summary>
internal static class DriveFeatures
{
    private const byte RequestTypeMask = 3;
    private const int AllFeatures = 0, CurrentFeatures = 1, OneFeature = 2;
    private const int DescriptorHeader = 4;

    /// <summary>Every feature, in rising order.</summary>
    public static IReadOnlyList<DriveFeature> All { get; } =
    [
        new(0x0000, 0, FeatureTime.Always, WriteProfiles),
        // Core: a SCSI drive that has all pages of INQUIRY, and events of the class device busy.
        new(0x0001, 2, FeatureTime.Always, static (_, into) => Bytes(into, 0, 0, 0, 1, 0x03, 0, 0, 0)),
        // Morphing: changes of features are told by operational change events, polled.
        new(0x0002, 1, FeatureTime.Always, static (_, into) => Bytes(into, 0x02, 0, 0, 0)),
        // Removable medium: a tray that loads and ejects by command, and that can be locked.
        new(0x0003, 2, FeatureTime.Always, static (_, into) => Bytes(into, 0x39, 0, 0, 0)),
        // Random readable: any block alone; the read-write error recovery page is there.
        new(0x0010, 0, FeatureTime.WithMedium, static (unit, into) => Bytes(into, 0, 0, 0x08, 0, 0, CdMedium.IsCd(unit) ? (byte)1 : (byte)16, 0x01, 0)),
        // Multi-read: every kind of CD.
        new(0x001D, 0, FeatureTime.WithCd, Nothing),
        // CD read: without C2 errors and CD-Text.
        new(0x001E, 2, FeatureTime.WithCd, static (_, into) => Bytes(into, 0, 0, 0, 0)),
        new(0x001F, 0, FeatureTime.WithDvd, Nothing),
        // Power management and time-outs: the mode pages 1Ah and 1Dh.
        new(0x0100, 0, FeatureTime.Always, Nothing),
        new(0x0105, 0, FeatureTime.Always, Nothing),
        // Real-time streaming: GET PERFORMANCE and SET STREAMING, with READ BUFFER CAPACITY and SET CD SPEED; nothing of writing.
        new(0x0107, 3, FeatureTime.WithMedium, static (_, into) => Bytes(into, 0x18, 0, 0, 0)),
        new(0x0108, 0, FeatureTime.Always, WriteSerial),
    ];

    public static SenseData? Plan(ScsiCommand command) => (command.Cdb[1] & RequestTypeMask) > OneFeature
        ? Sense.InvalidFieldInCdb(1, 1)
        : ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[7..]));

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        int type = command.Cdb[1] & RequestTypeMask;
        ushort starting = BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[2..]);
        ushort profile = CdMedium.Profile(unit);
        Span<byte> data = stackalloc byte[512];
        data.Clear();
        int at = DriveConfiguration.HeaderLength;
        foreach (DriveFeature feature in All)
        {
            bool isCurrent = IsCurrent(feature, profile);
            if (type == OneFeature ? feature.Code == starting : feature.Code >= starting && (isCurrent || type == AllFeatures))
            {
                at += Write(feature, isCurrent, unit, data[at..]);
            }
        }

        new DriveConfiguration((uint)at - 4, profile).Write(data);
        return ParameterData.Answer(command, data[..at]);
    }

    private static bool IsCurrent(DriveFeature feature, ushort profile) => feature.Current switch
    {
        FeatureTime.Always => true,
        FeatureTime.WithCd => profile == DriveConfiguration.CdRom,
        FeatureTime.WithDvd => profile == DriveConfiguration.DvdRom,
        _ => profile != 0,
    };

    private static int Write(DriveFeature feature, bool isCurrent, LogicalUnit unit, Span<byte> into)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into, feature.Code);
        into[2] = (byte)(feature.Version << 2 | (feature.Current == FeatureTime.Always ? 2 : 0) | (isCurrent ? 1 : 0));
        int length = feature.Write(unit, into[DescriptorHeader..]);
        into[3] = (byte)length;
        return DescriptorHeader + length;
    }

    // The most capable first.
    private static int WriteProfiles(LogicalUnit unit, Span<byte> into)
    {
        ushort current = CdMedium.Profile(unit);
        int at = 0;
        foreach (ushort profile in (ReadOnlySpan<ushort>)[DriveConfiguration.DvdRom, DriveConfiguration.CdRom])
        {
            BinaryPrimitives.WriteUInt16BigEndian(into[at..], profile);
            into[at + 2] = profile == current ? (byte)1 : (byte)0;
            at += 4;
        }

        return at;
    }

    // The length of a feature's data is one byte, and a multiple of four.
    private static int WriteSerial(LogicalUnit unit, Span<byte> into)
    {
        const int most = 252;
        string serial = unit.Serial.Length > most ? unit.Serial[..most] : unit.Serial;
        int length = (serial.Length + 3) & ~3;
        into[..length].Fill((byte)' ');
        Encoding.ASCII.GetBytes(serial, into);
        return length;
    }

    private static int Nothing(LogicalUnit unit, Span<byte> into) => 0;

    private static int Bytes(Span<byte> into, params ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(into);
        return bytes.Length;
    }
}
