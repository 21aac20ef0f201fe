using System.Buffers.Binary;
using Blockwire.Scsi.Device.Copy;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: every command that addresses blocks refuses those that the medium does not have, and touches none before (SBC-3 §4.5). Method: each row with the last block, the first beyond
/// it, and a range across the end. A row that moves blocks and is not here fails.
/// </summary>
public sealed class EveryRangeTests
{
    private const uint Blocks = 1024;
    private const byte OutOfRange = 0x21;

    public static TheoryData<string> Names => [.. CommandTable.Thin.Rows.Where(Addresses).Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Blocks_that_the_medium_does_not_have_are_refused(string name)
    {
        CommandSpec row = CommandTable.Thin.Rows.Single(row => row.Name == name);
        Rig rig = new(state: new FakeStateStore());
        Run(rig, row, Blocks - 1, 1).ShouldBeGood();
        int writes = rig.Disk.Writes + rig.Disk.Zeroings;
        foreach ((uint lba, ushort count) in new (uint, ushort)[] { (Blocks, 1), (Blocks - 1, 2), (Blocks + 5, 1), (0x1F_FFFF, 1) })
        {
            if (count > 1 && row.OperationCode is OperationCode.ReassignBlocks or OperationCode.ServiceActionIn16)
            {
                continue; // they name single blocks, and a first one
            }

            Outcome outcome = Run(rig, row, lba, count);
            Assert.True(outcome.Sense is { Key: SenseKey.IllegalRequest, Asc: OutOfRange }, $"LBA {lba}, {count}: {outcome.Status} {outcome.Sense}");
        }

        Assert.Equal(writes, rig.Disk.Writes + rig.Disk.Zeroings);
    }

    private static bool Addresses(CommandSpec row) =>
        (row.Flags & (CommandFlags.ReadsBlocks | CommandFlags.WritesBlocks | CommandFlags.VerifiesBlocks)) != CommandFlags.None
        || GoodExamples.IsBlockCommand(row)
        || (row.OperationCode, row.ServiceAction) is (OperationCode.Unmap or OperationCode.ReassignBlocks, null)
            or (OperationCode.ServiceActionIn16, ServiceAction.GetLbaStatus)
            or (OperationCode.ExtendedCopy, ServiceAction.PopulateToken or ServiceAction.WriteUsingToken);

    private static Outcome Run(Rig rig, CommandSpec row, uint lba, ushort count)
    {
        byte[] blocks = new byte[2 * 512 * count];
        switch (row.OperationCode, row.ServiceAction)
        {
            case (OperationCode.Unmap, null):
                byte[] ranges = Cdbs.UnmapList(new UnmapDescriptor(0, 1), new UnmapDescriptor(lba, count));
                return rig.Run(Cdbs.Unmap(ranges.Length), ranges);
            case (OperationCode.ReassignBlocks, null):
                return rig.Run([OperationCode.ReassignBlocks, 0, 0, 0, 0, 0], [0, 0, 0, 4, 0, (byte)(lba >> 16), (byte)(lba >> 8), (byte)lba]);
            case (OperationCode.CompareAndWrite, null):
                return rig.Run(Cdbs.CompareAndWrite(lba, (byte)count), blocks);
            case (OperationCode.WriteAtomic16, null):
                return rig.Run(Cdbs.WriteAtomic(lba, count), blocks);
            case (OperationCode.ServiceActionIn16, _):
                return rig.Run(Cdbs.LbaStatus(lba));
            case (OperationCode.ExtendedCopy, ServiceAction.PopulateToken):
                byte[] populate = CopyData.Populate(new BlockRun(0, 1), new BlockRun(lba, count));
                return rig.Run(Cdbs.Token(ServiceAction.PopulateToken, 7, populate.Length), populate);
            case (OperationCode.ExtendedCopy, ServiceAction.WriteUsingToken):
                byte[] zeros = new byte[RodToken.Length];
                BinaryPrimitives.WriteUInt32BigEndian(zeros, RodToken.BlockZero);
                BinaryPrimitives.WriteUInt16BigEndian(zeros.AsSpan(6), RodToken.Length - 8);
                byte[] write = CopyData.Write(zeros, 0, new BlockRun(0, 1), new BlockRun(lba, count));
                return rig.Run(Cdbs.Token(ServiceAction.WriteUsingToken, 7, write.Length), write);
            default:
                Assert.True(GoodExamples.IsBlockCommand(row), $"say how {row.Name} addresses blocks");
                return rig.Run(Cdbs.Block(row.OperationCode, lba, count), blocks);
        }
    }
}
