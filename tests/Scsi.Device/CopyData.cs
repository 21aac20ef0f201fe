using System.Buffers.Binary;
using Blockwire.Scsi.Device.Copy;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Parameter lists of third-party copies, for tests.</summary>
internal static class CopyData
{
    /// <summary>A disk as EXTENDED COPY names it.</summary>
    public static CopyDisk Disk(LogicalUnit unit) => new(Designator.Naa(DesignatorAssociation.LogicalUnit, unit.Naa), unit.Device.Traits.BlockBytes);

    /// <summary>EXTENDED COPY(LID1) with a list identifier, whose result is kept.</summary>
    public static byte[] Short(byte identifier, CopyDisk[] disks, params CopySegment[] segments)
    {
        byte[] list = new CopyParameters(0, disks, segments).ToArray1();
        (list[0], list[1]) = (identifier, 0);
        return list;
    }

    /// <summary>EXTENDED COPY(LID4).</summary>
    public static byte[] Long(uint identifier, bool immediate, CopyDisk[] disks, params CopySegment[] segments)
    {
        byte[] list = new CopyParameters(identifier, disks, segments).ToArray4();
        list[15] = (byte)(immediate ? 2 : 0);
        return list;
    }

    /// <summary>POPULATE TOKEN.</summary>
    public static byte[] Populate(params BlockRun[] runs) => PopulateFor(0, 0, runs);

    /// <summary>POPULATE TOKEN with an inactivity timeout in seconds and flags.</summary>
    public static byte[] PopulateFor(uint seconds, byte flags, params BlockRun[] runs)
    {
        byte[] list = new byte[16 + 16 * runs.Length];
        list[2] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(4), seconds);
        return Ranges(list, 16, runs);
    }

    /// <summary>WRITE USING TOKEN.</summary>
    public static byte[] Write(byte[] token, ulong offset, params BlockRun[] runs)
    {
        byte[] list = new byte[536 + 16 * runs.Length];
        BinaryPrimitives.WriteUInt64BigEndian(list.AsSpan(8), offset);
        token.CopyTo(list, 16);
        return Ranges(list, 536, runs);
    }

    private static byte[] Ranges(byte[] list, int header, BlockRun[] runs)
    {
        BinaryPrimitives.WriteUInt16BigEndian(list, (ushort)(list.Length - 2));
        BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(header - 2), (ushort)(16 * runs.Length));
        for (int i = 0; i < runs.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(list.AsSpan(header + 16 * i), runs[i].Lba);
            BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(header + 16 * i + 8), (uint)runs[i].BlockCount);
        }

        return list;
    }
}
