using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>GET CONFIGURATION of a CD/DVD drive (MMC-5): the header of its answer, which says what kind of medium is in it.</summary>
/// <param name="DataLength">Bytes that follow the field itself, were nothing cut.</param>
/// <param name="CurrentProfile">Current profile: what the drive is with the medium that it has; 0 without one.</param>
public readonly record struct DriveConfiguration(uint DataLength, ushort CurrentProfile)
{
    /// <summary>Length in bytes of the header.</summary>
    public const int HeaderLength = 8;

    /// <summary>Profile of a drive with a CD that was pressed.</summary>
    public const ushort CdRom = 0x0008;

    /// <summary>Profile of a drive with a DVD that was pressed.</summary>
    public const ushort DvdRom = 0x0010;

    /// <summary>The CDB.</summary>
    /// <param name="startingFeature">First feature to tell of.</param>
    /// <param name="allocationLength">Bytes that there is room for.</param>
    /// <param name="requestType">RT: 0 all features, 1 those that are current, 2 the one.</param>
    public static Cdb Request(ushort startingFeature, ushort allocationLength, byte requestType = 0) => new(
    [
        MmcOperationCode.GetConfiguration, requestType, (byte)(startingFeature >> 8), (byte)startingFeature, 0, 0, 0,
        (byte)(allocationLength >> 8), (byte)allocationLength, 0,
    ]);

    /// <summary>Writes <see cref="HeaderLength"/> bytes.</summary>
    public int Write(Span<byte> into)
    {
        into[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(into, DataLength);
        BinaryPrimitives.WriteUInt16BigEndian(into[6..], CurrentProfile);
        return HeaderLength;
    }

    /// <summary>Reads the header; null when it is too short.</summary>
    public static DriveConfiguration? Parse(ReadOnlySpan<byte> data) => data.Length < HeaderLength
        ? null
        : new(BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt16BigEndian(data[6..]));
}
