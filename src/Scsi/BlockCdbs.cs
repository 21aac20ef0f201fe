using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>How VERIFY checks blocks (SBC-3 §5.29, the BYTCHK field).</summary>
public enum ByteCheckMode : byte
{
    /// <summary>They can be read; there is no data-out.</summary>
    Readable = 0,

    /// <summary>They equal the data-out, block for block.</summary>
    Each = 1,

    /// <summary>Each equals the one block of data-out.</summary>
    OneForAll = 3,
}

/// <summary>What START STOP UNIT asks for (SBC-3 §5.25).</summary>
public enum StartStopAction : byte
{
    /// <summary>Stop the unit.</summary>
    Stop = 0,

    /// <summary>Start it.</summary>
    Start = 1,

    /// <summary>Stop it and eject the medium.</summary>
    Eject = 2,

    /// <summary>Load the medium and start.</summary>
    Load = 3,
}

/// <summary>CDBs of the block commands (SBC-3 §5). Those with an address and a length are laid out by <see cref="BlockCdb.Make"/>.</summary>
public static class BlockCdbs
{
    private const byte DisablePageOut = 0x10;
    private const byte ForceUnitAccess = 0x08;
    private const byte Unmapping = 0x08;
    private const byte Anchoring = 0x10;
    private const byte NoDataOut = 0x01;
    private const byte Immediate = 0x02;

    /// <summary>READ of the length that its operation code says: <see cref="OperationCode.Read6"/>, 10, 12 or 16. The six-byte form has neither flag.</summary>
    public static Cdb Read(byte operationCode, ulong lba, uint blockCount, bool forceUnitAccess = false, bool disablePageOut = false) =>
        BlockCdb.Make(operationCode, CacheBits(forceUnitAccess, disablePageOut), lba, blockCount);

    /// <summary>WRITE of the length that its operation code says.</summary>
    public static Cdb Write(byte operationCode, ulong lba, uint blockCount, bool forceUnitAccess = false, bool disablePageOut = false) =>
        BlockCdb.Make(operationCode, CacheBits(forceUnitAccess, disablePageOut), lba, blockCount);

    /// <summary>VERIFY of the length that its operation code says.</summary>
    public static Cdb Verify(byte operationCode, ulong lba, uint blockCount, ByteCheckMode check, bool disablePageOut = false) =>
        BlockCdb.Make(operationCode, (byte)((disablePageOut ? DisablePageOut : 0) | (byte)check << 1), lba, blockCount);

    /// <summary>SYNCHRONIZE CACHE(10) or (16); no blocks means all from the address on, so that 0 and 0 mean the whole unit.</summary>
    public static Cdb SynchronizeCache(byte operationCode, ulong lba = 0, uint blockCount = 0, bool immediate = false) =>
        BlockCdb.Make(operationCode, immediate ? Immediate : (byte)0, lba, blockCount);

    /// <summary>WRITE SAME(10) or (16).</summary>
    /// <param name="operationCode">Which of the two.</param>
    /// <param name="lba">First block.</param>
    /// <param name="blockCount">Number of blocks; 0 means all from the address on, where the target allows it.</param>
    /// <param name="unmap">UNMAP: blocks may be unmapped if they then read as the data-out says.</param>
    /// <param name="anchor">ANCHOR: they stay anchored.</param>
    /// <param name="noDataOut">NDOB: there is no data-out and the block is zeros; WRITE SAME(16) only.</param>
    public static Cdb WriteSame(byte operationCode, ulong lba, uint blockCount, bool unmap = false, bool anchor = false, bool noDataOut = false) =>
        BlockCdb.Make(operationCode, (byte)((unmap ? Unmapping : 0) | (anchor ? Anchoring : 0) | (noDataOut ? NoDataOut : 0)), lba, blockCount);

    /// <summary>ORWRITE(16): the blocks become what they are, or-ed with the data-out.</summary>
    public static Cdb OrWrite16(ulong lba, uint blockCount, bool forceUnitAccess = false) =>
        BlockCdb.Make(OperationCode.OrWrite16, CacheBits(forceUnitAccess, disablePageOut: false), lba, blockCount);

    /// <summary>COMPARE AND WRITE (SBC-3 §5.2): the data-out holds the blocks to compare with and then the blocks to write.</summary>
    public static Cdb CompareAndWrite(ulong lba, byte blockCount, bool forceUnitAccess = false)
    {
        Span<byte> cdb = stackalloc byte[16];
        cdb.Clear();
        cdb[0] = OperationCode.CompareAndWrite;
        cdb[1] = CacheBits(forceUnitAccess, disablePageOut: false);
        BinaryPrimitives.WriteUInt64BigEndian(cdb[2..], lba);
        cdb[13] = blockCount;
        return new Cdb(cdb);
    }

    /// <summary>WRITE ATOMIC(16) (SBC-4): all of it or nothing of it, with no boundary inside.</summary>
    public static Cdb WriteAtomic16(ulong lba, ushort blockCount, bool forceUnitAccess = false)
    {
        Span<byte> cdb = stackalloc byte[16];
        cdb.Clear();
        cdb[0] = OperationCode.WriteAtomic16;
        cdb[1] = CacheBits(forceUnitAccess, disablePageOut: false);
        BinaryPrimitives.WriteUInt64BigEndian(cdb[2..], lba);
        BinaryPrimitives.WriteUInt16BigEndian(cdb[12..], blockCount);
        return new Cdb(cdb);
    }

    /// <summary>UNMAP; the ranges are in the parameter list: <see cref="UnmapDescriptor"/>.</summary>
    public static Cdb Unmap(ushort parameterListLength, bool anchor = false)
    {
        Span<byte> cdb = stackalloc byte[10];
        cdb.Clear();
        cdb[0] = OperationCode.Unmap;
        cdb[1] = (byte)(anchor ? 1 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(cdb[7..], parameterListLength);
        return new Cdb(cdb);
    }

    /// <summary>READ CAPACITY(10): <see cref="CapacityData10"/>.</summary>
    public static Cdb ReadCapacity10()
    {
        Span<byte> cdb = stackalloc byte[10];
        cdb.Clear();
        cdb[0] = OperationCode.ReadCapacity10;
        return new Cdb(cdb);
    }

    /// <summary>READ CAPACITY(16): <see cref="CapacityData16"/>.</summary>
    public static Cdb ReadCapacity16(uint allocationLength = CapacityData16.Length) =>
        ServiceActionIn16(ServiceAction.ReadCapacity16, 0, allocationLength);

    /// <summary>GET LBA STATUS: <see cref="LbaStatusDescriptor"/>.</summary>
    public static Cdb GetLbaStatus(ulong lba, uint allocationLength) => ServiceActionIn16(ServiceAction.GetLbaStatus, lba, allocationLength);

    /// <summary>START STOP UNIT.</summary>
    /// <param name="action">What to do; counts only without a power condition.</param>
    /// <param name="powerCondition">POWER CONDITION; 0 for none.</param>
    /// <param name="immediate">IMMED: the status comes before the work is done.</param>
    public static Cdb StartStopUnit(StartStopAction action, byte powerCondition = 0, bool immediate = false) =>
        new([OperationCode.StartStopUnit, (byte)(immediate ? 1 : 0), 0, 0, (byte)(powerCondition << 4 | (byte)action), 0]);

    /// <summary>PREVENT ALLOW MEDIUM REMOVAL.</summary>
    public static Cdb PreventAllowMediumRemoval(bool prevent) =>
        new([OperationCode.PreventAllowMediumRemoval, 0, 0, 0, (byte)(prevent ? 1 : 0), 0]);

    private static Cdb ServiceActionIn16(byte action, ulong lba, uint allocationLength)
    {
        Span<byte> cdb = stackalloc byte[16];
        cdb.Clear();
        cdb[0] = OperationCode.ServiceActionIn16;
        cdb[1] = action;
        BinaryPrimitives.WriteUInt64BigEndian(cdb[2..], lba);
        BinaryPrimitives.WriteUInt32BigEndian(cdb[10..], allocationLength);
        return new Cdb(cdb);
    }

    private static byte CacheBits(bool forceUnitAccess, bool disablePageOut) =>
        (byte)((forceUnitAccess ? ForceUnitAccess : 0) | (disablePageOut ? DisablePageOut : 0));
}
