using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>Mode parameter header of a disk (SPC-4 §7.5.5, SBC-3 §6.5).</summary>
/// <param name="WriteProtected">WP: every change of the medium is refused.</param>
/// <param name="ForceUnitAccess">DPOFUA: the DPO and FUA bits are honoured.</param>
/// <param name="LongBlockDescriptor">LONGLBA: block descriptors have 16 bytes; MODE SENSE(10) only.</param>
/// <param name="BlockDescriptorsLength">Bytes of block descriptors behind the header.</param>
/// <param name="DataLength">MODE DATA LENGTH: bytes that follow the field itself, were nothing cut.</param>
public readonly record struct ModeParameterHeader(
    bool WriteProtected, bool ForceUnitAccess, bool LongBlockDescriptor, int BlockDescriptorsLength, int DataLength)
{
    /// <summary>Length in bytes in MODE SENSE(6).</summary>
    public const int Length6 = 4;

    /// <summary>Length in bytes in MODE SENSE(10).</summary>
    public const int Length10 = 8;

    /// <summary>Writes the header of MODE SENSE(6); returns its length in bytes.</summary>
    public int Write6(Span<byte> into)
    {
        into[0] = (byte)DataLength;
        into[1] = 0;
        into[2] = DeviceSpecific;
        into[3] = (byte)BlockDescriptorsLength;
        return Length6;
    }

    /// <summary>Writes the header of MODE SENSE(10); returns its length in bytes.</summary>
    public int Write10(Span<byte> into)
    {
        into[..Length10].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(into, (ushort)DataLength);
        into[3] = DeviceSpecific;
        into[4] = (byte)(LongBlockDescriptor ? 1 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(into[6..], (ushort)BlockDescriptorsLength);
        return Length10;
    }

    /// <summary>Reads the header of MODE SENSE(6); null when it is too short.</summary>
    public static ModeParameterHeader? Parse6(ReadOnlySpan<byte> data) => data.Length < Length6
        ? null
        : new((data[2] & 0x80) != 0, (data[2] & 0x10) != 0, false, data[3], data[0]);

    /// <summary>Reads the header of MODE SENSE(10); null when it is too short.</summary>
    public static ModeParameterHeader? Parse10(ReadOnlySpan<byte> data) => data.Length < Length10
        ? null
        : new(
            (data[3] & 0x80) != 0,
            (data[3] & 0x10) != 0,
            (data[4] & 1) != 0,
            BinaryPrimitives.ReadUInt16BigEndian(data[6..]),
            BinaryPrimitives.ReadUInt16BigEndian(data));

    private byte DeviceSpecific => (byte)((WriteProtected ? 0x80 : 0) | (ForceUnitAccess ? 0x10 : 0));
}
