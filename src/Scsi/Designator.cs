using System.Buffers.Binary;
using System.Text;

namespace Blockwire.Scsi;

/// <summary>What a designator names (SPC-4 §7.8.6).</summary>
public enum DesignatorAssociation : byte
{
    /// <summary>The logical unit.</summary>
    LogicalUnit = 0,

    /// <summary>The target port that the command came through.</summary>
    TargetPort = 1,

    /// <summary>The target device.</summary>
    TargetDevice = 2,
}

/// <summary>Kinds of designators.</summary>
public enum DesignatorType : byte
{
    /// <summary>Vendor specific.</summary>
    VendorSpecific = 0,

    /// <summary>T10 vendor identification and text of the vendor.</summary>
    T10VendorId = 1,

    /// <summary>EUI-64.</summary>
    Eui64 = 2,

    /// <summary>NAA.</summary>
    Naa = 3,

    /// <summary>Relative target port identifier.</summary>
    RelativeTargetPort = 4,

    /// <summary>Target port group.</summary>
    TargetPortGroup = 5,

    /// <summary>Logical unit group.</summary>
    LogicalUnitGroup = 6,

    /// <summary>MD5 logical unit identifier.</summary>
    Md5 = 7,

    /// <summary>SCSI name string.</summary>
    ScsiName = 8,
}

/// <summary>A designator of the device identification VPD page, 83h (SPC-4 §7.8.6).</summary>
/// <param name="Association">What it names.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Value">The designator itself.</param>
/// <param name="Text">True when it is ASCII or UTF-8, false when binary.</param>
public sealed record Designator(DesignatorAssociation Association, DesignatorType Type, ReadOnlyMemory<byte> Value, bool Text)
{
    private const int HeaderLength = 4;
    private const byte Iscsi = 0x50;
    private const byte ProtocolValid = 0x80;

    /// <summary>An NAA designator of eight bytes.</summary>
    public static Designator Naa(DesignatorAssociation association, ulong naa) =>
        Binary(association, DesignatorType.Naa, naa, sizeof(ulong));

    /// <summary>A relative target port identifier.</summary>
    public static Designator RelativeTargetPort(ushort port) =>
        Binary(DesignatorAssociation.TargetPort, DesignatorType.RelativeTargetPort, port, sizeof(uint));

    /// <summary>A target port group.</summary>
    public static Designator TargetPortGroup(ushort group) =>
        Binary(DesignatorAssociation.TargetPort, DesignatorType.TargetPortGroup, group, sizeof(uint));

    /// <summary>T10 vendor identification (padded to 8 characters) and text of the vendor.</summary>
    public static Designator T10VendorId(string vendor, string text) =>
        new(DesignatorAssociation.LogicalUnit, DesignatorType.T10VendorId, Encoding.ASCII.GetBytes(vendor.PadRight(8)[..8] + text), true);

    /// <summary>A SCSI name string: UTF-8, ended by a zero and filled up to a multiple of four (SPC-4 §7.8.6).</summary>
    public static Designator ScsiName(DesignatorAssociation association, string name)
    {
        byte[] value = new byte[(Encoding.UTF8.GetByteCount(name) + 4) & ~3];
        Encoding.UTF8.GetBytes(name, value);
        return new(association, DesignatorType.ScsiName, value, true);
    }

    /// <summary>Writes the descriptor; returns its length in bytes. Port and device designators say that the protocol is iSCSI.</summary>
    public int Write(Span<byte> into)
    {
        bool ofProtocol = Association != DesignatorAssociation.LogicalUnit;
        into[0] = (byte)((ofProtocol ? Iscsi : 0) | (!Text ? 1 : Type == DesignatorType.ScsiName ? 3 : 2));
        into[1] = (byte)((ofProtocol ? ProtocolValid : 0) | (byte)Association << 4 | (byte)Type);
        into[2] = 0;
        into[3] = (byte)Value.Length;
        Value.Span.CopyTo(into[HeaderLength..]);
        return HeaderLength + Value.Length;
    }

    /// <summary>Reads a whole device identification page; null when it is another page, or cut short.</summary>
    public static IReadOnlyList<Designator>? ParsePage(ReadOnlySpan<byte> page)
    {
        if (page.Length < 4 || page[1] != PageCodes.Vpd.DeviceIdentification
            || page.Length < BinaryPrimitives.ReadUInt16BigEndian(page[2..]) + 4)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = page.Slice(4, BinaryPrimitives.ReadUInt16BigEndian(page[2..]));
        List<Designator> designators = [];
        while (rest.Length >= HeaderLength)
        {
            int length = HeaderLength + rest[3];
            if (length > rest.Length)
            {
                return null;
            }

            designators.Add(new Designator(
                (DesignatorAssociation)(rest[1] >> 4 & 3),
                (DesignatorType)(rest[1] & 0x0F),
                rest[HeaderLength..length].ToArray(),
                (rest[0] & 0x0F) > 1));
            rest = rest[length..];
        }

        return designators;
    }

    /// <summary>The number in the target port's designator of a type with one: relative target port, target port group. Null when there is none.</summary>
    public static ushort? FindNumber(IEnumerable<Designator> designators, DesignatorType type)
    {
        foreach (Designator one in designators)
        {
            if (one.Association == DesignatorAssociation.TargetPort && one.Type == type && one.Value.Length >= sizeof(uint))
            {
                return BinaryPrimitives.ReadUInt16BigEndian(one.Value.Span[2..]);
            }
        }

        return null;
    }

    private static Designator Binary(DesignatorAssociation association, DesignatorType type, ulong value, int length)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return new(association, type, bytes.AsMemory(sizeof(ulong) - length), false);
    }
}
