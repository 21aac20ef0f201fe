using Blockwire.Initiator;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>Whole disks written and read back.</summary>
internal static class Transfers
{
    private const int PieceBytes = 1 << 20;
    private static int _versions;

    /// <summary>Writes a pattern of its own, some pieces at once, and compares every block.</summary>
    public static async Task WriteAndCompareAsync(IscsiSession session, int lun, int bytes)
    {
        LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(lun));
        Assert.Equal(DiskPattern.BlockBytes, (int)unit.BlockBytes);
        uint version = (uint)Interlocked.Increment(ref _versions);
        await EachPieceAsync(bytes, async (piece, lba) =>
        {
            DiskPattern.Fill(piece, lba, version);
            await unit.WriteAsync(lba, piece);
        });
        await unit.FlushAsync();
        await EachPieceAsync(bytes, async (piece, lba) =>
        {
            await unit.ReadAsync(lba, piece);
            for (int at = 0; at < piece.Length; at += DiskPattern.BlockBytes, lba++)
            {
                Assert.Null(DiskPattern.Check(piece.AsSpan(at, DiskPattern.BlockBytes), lba, version));
            }
        });
    }

    /// <summary>Writes zeros: what the tests before have left is no matter.</summary>
    public static Task ClearAsync(LogicalUnit unit, int bytes)
    {
        byte[] zeros = new byte[PieceBytes];
        return EachPieceAsync(bytes, async (_, lba) => await unit.WriteAsync(lba, zeros));
    }

    private static Task EachPieceAsync(int bytes, Func<byte[], ulong, Task> act)
    {
        int next = -1;
        return Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            byte[] piece = new byte[PieceBytes];
            while (Interlocked.Increment(ref next) is int mine && (long)mine * PieceBytes < bytes)
            {
                await act(piece, (ulong)mine * PieceBytes / DiskPattern.BlockBytes);
            }
        })));
    }
}
