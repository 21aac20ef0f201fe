using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>CDBs of 32 bytes: READ(32), WRITE(32) and their like (SBC-3 §5.14). Their layout is that of <see cref="BlockCdb"/>.</summary>
public static class LongBlockCdb
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    /// <summary>ADDITIONAL CDB LENGTH, and where it stands.</summary>
    public const byte AdditionalLength = 0x18;

    /// <summary>Byte of ADDITIONAL CDB LENGTH.</summary>
    public const int AdditionalLengthAt = 7;

    /// <summary>First byte of SERVICE ACTION, which has two.</summary>
    public const int ServiceActionAt = 8;

    /// <summary>Makes one.</summary>
    /// <param name="serviceAction">SERVICE ACTION: <see cref="ServiceAction.Read32"/> and so on.</param>
    /// <param name="flags">Byte 10: the three protection bits, DPO, FUA and their like, where shorter CDBs have them in byte 1.</param>
    /// <param name="lba">First block.</param>
    /// <param name="blockCount">TRANSFER LENGTH or its like, in blocks.</param>
    /// <param name="referenceTag">EXPECTED INITIAL LOGICAL BLOCK REFERENCE TAG.</param>
    /// <param name="applicationTag">EXPECTED LOGICAL BLOCK APPLICATION TAG.</param>
    /// <param name="applicationTagMask">LOGICAL BLOCK APPLICATION TAG MASK.</param>
    public static byte[] Make(
        ushort serviceAction, byte flags, ulong lba, uint blockCount, uint referenceTag = 0, ushort applicationTag = 0, ushort applicationTagMask = 0)
    {
        byte[] cdb = new byte[Length];
        cdb[0] = OperationCode.VariableLength;
        cdb[AdditionalLengthAt] = AdditionalLength;
        BinaryPrimitives.WriteUInt16BigEndian(cdb.AsSpan(ServiceActionAt), serviceAction);
        cdb[10] = flags;
        BinaryPrimitives.WriteUInt64BigEndian(cdb.AsSpan(12), lba);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(20), referenceTag);
        BinaryPrimitives.WriteUInt16BigEndian(cdb.AsSpan(24), applicationTag);
        BinaryPrimitives.WriteUInt16BigEndian(cdb.AsSpan(26), applicationTagMask);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(28), blockCount);
        return cdb;
    }
}
