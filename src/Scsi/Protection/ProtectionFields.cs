using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>What the CDB of a block command says of protection information: RDPROTECT, WRPROTECT, VRPROTECT or ORPROTECT, and the tags of the 32-byte form.</summary>
/// <param name="Code">The three bits; 0 in CDBs of six bytes, which have none.</param>
/// <param name="HasTags">It is a CDB of 32 bytes: the other fields count.</param>
/// <param name="ReferenceTag">EXPECTED INITIAL LOGICAL BLOCK REFERENCE TAG.</param>
/// <param name="ApplicationTag">EXPECTED LOGICAL BLOCK APPLICATION TAG.</param>
/// <param name="ApplicationTagMask">LOGICAL BLOCK APPLICATION TAG MASK: its ones are the bits to check.</param>
public readonly record struct ProtectionFields(byte Code, bool HasTags, uint ReferenceTag, ushort ApplicationTag, ushort ApplicationTagMask)
{
    private const int TagsAt = 20;

    /// <summary>Reads a CDB that <see cref="BlockCdb.Read"/> reads.</summary>
    public static ProtectionFields Read(ReadOnlySpan<byte> cdb) => BlockCdb.IsLong(cdb)
        ? new(
            (byte)(BlockCdb.FlagsOf(cdb) >> 5),
            true,
            BinaryPrimitives.ReadUInt32BigEndian(cdb[TagsAt..]),
            BinaryPrimitives.ReadUInt16BigEndian(cdb[(TagsAt + 4)..]),
            BinaryPrimitives.ReadUInt16BigEndian(cdb[(TagsAt + 6)..]))
        : new((byte)(BlockCdb.FlagsOf(cdb) >> 5), false, 0, 0, 0);
}
