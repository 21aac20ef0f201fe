using System.Buffers.Binary;
using System.Text;

namespace Blockwire.Scsi;

/// <summary>Standard INQUIRY data (SPC-4 §6.6.2).</summary>
public sealed record StandardInquiryData
{
    /// <summary>Length in bytes of what <see cref="Write"/> writes.</summary>
    public const int Length = 96;

    /// <summary>PERIPHERAL QUALIFIER of a LUN that has no logical unit and can have none.</summary>
    public const byte NoUnitQualifier = 3;

    /// <summary>PERIPHERAL DEVICE TYPE of a LUN that has no logical unit.</summary>
    public const byte NoDeviceType = 0x1F;

    /// <summary>PERIPHERAL DEVICE TYPE of a well known logical unit.</summary>
    public const byte WellKnownUnitType = 0x1E;

    /// <summary>PERIPHERAL DEVICE TYPE of a CD/DVD drive.</summary>
    public const byte CdDvdType = 0x05;

    private const int ThirdPartyCopyBit = 0x08;
    private const int MultiplePortsBit = 0x10;
    private const int ProtectBit = 0x01;
    private const int NormalAcaBit = 0x20;
    private const int ShortestUseful = 36;
    private const int VersionDescriptorsAt = 58;
    private const int MostVersionDescriptors = 8;

    /// <summary>PERIPHERAL QUALIFIER: 0 when a logical unit is there.</summary>
    public byte Qualifier { get; init; }

    /// <summary>PERIPHERAL DEVICE TYPE: 0 for a disk, 5 for a CD/DVD drive.</summary>
    public byte DeviceType { get; init; }

    /// <summary>RMB: the medium is removable.</summary>
    public bool Removable { get; init; }

    /// <summary>VERSION: 6 for SPC-4.</summary>
    public byte Version { get; init; } = 6;

    /// <summary>MULTIP: the target device has several ports (SPC-4 §6.6.2).</summary>
    public bool MultiplePorts { get; init; }

    /// <summary>TPGS: 0 no asymmetric access, 1 implicit, 2 explicit, 3 both (SPC-4 §6.6.2).</summary>
    public byte PortGroupSupport { get; init; }

    /// <summary>NORMACA: NACA = 1 in the CONTROL byte is taken, and establishes an auto contingent allegiance (SAM-5 §5.9).</summary>
    public bool NormalAca { get; init; }

    /// <summary>3PC: third-party copy commands, and the VPD page 8Fh that describes them.</summary>
    public bool ThirdPartyCopy { get; init; }

    /// <summary>PROTECT: it can be formatted with protection information; page 86h says with which types.</summary>
    public bool Protect { get; init; }

    /// <summary>T10 VENDOR IDENTIFICATION, up to 8 characters.</summary>
    public required string Vendor { get; init; }

    /// <summary>PRODUCT IDENTIFICATION, up to 16 characters.</summary>
    public required string Product { get; init; }

    /// <summary>PRODUCT REVISION LEVEL, up to 4 characters.</summary>
    public required string Revision { get; init; }

    /// <summary>VERSION DESCRIPTORS, up to 8: the standards that the device claims.</summary>
    public IReadOnlyList<ushort> VersionDescriptors { get; init; } = [];

    /// <summary>Writes <see cref="Length"/> bytes: response data format 2, hierarchical LUNs, command queuing.</summary>
    public int Write(Span<byte> into)
    {
        into[..Length].Clear();
        into[0] = (byte)(Qualifier << 5 | DeviceType);
        into[1] = (byte)(Removable ? 0x80 : 0);
        into[2] = Version;
        into[3] = (byte)(0x12 | (NormalAca ? NormalAcaBit : 0));
        into[4] = Length - 5;
        into[6] = (byte)(MultiplePorts ? MultiplePortsBit : 0);
        into[5] = (byte)((PortGroupSupport & 3) << 4 | (ThirdPartyCopy ? ThirdPartyCopyBit : 0) | (Protect ? ProtectBit : 0));
        into[7] = 0x02;
        WriteText(into.Slice(8, 8), Vendor);
        WriteText(into.Slice(16, 16), Product);
        WriteText(into.Slice(32, 4), Revision);
        for (int i = 0; i < Math.Min(VersionDescriptors.Count, MostVersionDescriptors); i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(into[(VersionDescriptorsAt + 2 * i)..], VersionDescriptors[i]);
        }

        return Length;
    }

    /// <summary>Reads the data; null when it is too short.</summary>
    public static StandardInquiryData? Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < ShortestUseful)
        {
            return null;
        }

        List<ushort> descriptors = [];
        for (int i = 0, at = VersionDescriptorsAt; i < MostVersionDescriptors && at + 2 <= data.Length; i++, at += 2)
        {
            ushort descriptor = BinaryPrimitives.ReadUInt16BigEndian(data[at..]);
            if (descriptor != 0)
            {
                descriptors.Add(descriptor);
            }
        }

        return new StandardInquiryData
        {
            Qualifier = (byte)(data[0] >> 5),
            DeviceType = (byte)(data[0] & 0x1F),
            Removable = (data[1] & 0x80) != 0,
            Version = data[2],
            NormalAca = (data[3] & NormalAcaBit) != 0,
            PortGroupSupport = (byte)(data[5] >> 4 & 3),
            ThirdPartyCopy = (data[5] & ThirdPartyCopyBit) != 0,
            MultiplePorts = (data[6] & MultiplePortsBit) != 0,
            Protect = (data[5] & ProtectBit) != 0,
            Vendor = ReadText(data.Slice(8, 8)),
            Product = ReadText(data.Slice(16, 16)),
            Revision = ReadText(data.Slice(32, 4)),
            VersionDescriptors = descriptors,
        };
    }

    /// <summary>Left-aligned ASCII, filled with spaces (SPC-4 §4.3.1).</summary>
    private static void WriteText(Span<byte> into, string text)
    {
        into.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text.AsSpan(0, Math.Min(text.Length, into.Length)), into);
    }

    private static string ReadText(ReadOnlySpan<byte> bytes) => string.Concat(Encoding.ASCII.GetString(bytes).TrimEnd(' ', '\0').Select(static it => char.IsControl(it) ? '?' : it));
}
