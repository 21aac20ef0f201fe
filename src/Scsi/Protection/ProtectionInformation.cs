using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>The eight bytes that follow the user data of a block (SBC-3 §4.21.3).</summary>
/// <param name="Guard">LOGICAL BLOCK GUARD: the CRC of the user data, see <see cref="GuardCrc"/>.</param>
/// <param name="ApplicationTag">LOGICAL BLOCK APPLICATION TAG.</param>
/// <param name="ReferenceTag">LOGICAL BLOCK REFERENCE TAG.</param>
public readonly record struct ProtectionInformation(ushort Guard, ushort ApplicationTag, uint ReferenceTag)
{
    /// <summary>Bytes of protection information.</summary>
    public const int Length = 8;

    /// <summary>The application tag that disables all checks of a block of type 1 or 2, and with <see cref="NoReferenceTag"/> of type 3.</summary>
    public const ushort NoApplicationTag = 0xFFFF;

    /// <summary>The reference tag of blocks that have none.</summary>
    public const uint NoReferenceTag = 0xFFFF_FFFF;

    /// <summary>What a block has that was never written, or was unmapped or formatted: all ones (SBC-3 §4.7.4.3, §5.3).</summary>
    public static ProtectionInformation Unset => new(0xFFFF, NoApplicationTag, NoReferenceTag);

    /// <summary>Reads the eight bytes.</summary>
    public static ProtectionInformation Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt16BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));

    /// <summary>Writes the eight bytes.</summary>
    public void Write(Span<byte> into)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into, Guard);
        BinaryPrimitives.WriteUInt16BigEndian(into[2..], ApplicationTag);
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], ReferenceTag);
    }

    /// <summary>Is nothing of this block to be checked, whatever a command asks for (SBC-3 §4.21.3)?</summary>
    public bool DisablesChecks(ProtectionType type) =>
        ApplicationTag == NoApplicationTag && (type != ProtectionType.Type3 || ReferenceTag == NoReferenceTag);
}
