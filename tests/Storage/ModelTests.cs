using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Storage.Tests;

/// <summary>Goal: no history of operations makes a disk differ from a byte array. Method: random histories, shrunk when one fails.</summary>
public sealed class ModelTests
{
    private const int BlockBytes = 512;
    private const int BlockCount = 256;

    /// <summary>One step: what to do, where, and how much. Any three bytes are a valid step.</summary>
    private sealed record Step(byte Kind, byte At, byte Length);

    [Fact]
    public void A_memory_disk_is_a_byte_array() => Check(() => new MemoryDisk(BlockCount * BlockBytes));

    [Fact]
    public void A_file_disk_is_a_byte_array()
    {
        using TemporaryFile file = new();
        Check(() =>
        {
            File.Delete(file.Path);
            return FileDisk.Open(file.Path, new FileDiskOptions { CreateBytes = BlockCount * BlockBytes });
        });
    }

    private static void Check(Func<IBlockDevice> create)
    {
        Arbitrary<Step[]> histories = ArbMap.Default.ArbFor<Tuple<byte, byte, byte>[]>()
            .Convert(
                tuples => Array.ConvertAll(tuples, tuple => new Step(tuple.Item1, tuple.Item2, tuple.Item3)),
                steps => Array.ConvertAll(steps, step => Tuple.Create(step.Kind, step.At, step.Length)));
        Prop.ForAll(histories, async steps => await RunAsync(create(), steps)).QuickCheckThrowOnFailure();
    }

    private static async Task RunAsync(IBlockDevice device, Step[] steps)
    {
        await using GuardedDevice disk = new(device);
        byte[] model = new byte[BlockCount * BlockBytes];
        for (int i = 0; i < steps.Length; i++)
        {
            (int lba, int count) = (steps[i].At, Math.Min(steps[i].Length, BlockCount - steps[i].At));
            Memory<byte> range = model.AsMemory(lba * BlockBytes, count * BlockBytes);
            IoStatus status = IoStatus.Ok;
            switch (steps[i].Kind % 5)
            {
                case 0 or 1:
                    range.Span.Fill((byte)(i + 1));
                    status = await disk.WriteAsync((ulong)lba, range.ToArray(), forceUnitAccess: steps[i].Kind > 250, CancellationToken.None);
                    break;
                case 2:
                    range.Span.Clear();
                    status = await disk.UnmapAsync((ulong)lba, (ulong)count, CancellationToken.None);
                    break;
                case 3:
                    range.Span.Clear();
                    status = await disk.WriteZeroesAsync((ulong)lba, (ulong)count, steps[i].Kind > 128, false, CancellationToken.None);
                    break;
                default:
                    byte[] some = new byte[range.Length];
                    status = await disk.ReadAsync((ulong)lba, some, CancellationToken.None);
                    Assert.Equal(range.ToArray(), some);
                    break;
            }
            Assert.Equal(IoStatus.Ok, status);
        }
        byte[] all = new byte[model.Length];
        Assert.Equal(IoStatus.Ok, await disk.ReadAsync(0, all, CancellationToken.None));
        Assert.Equal(model, all);
    }
}
