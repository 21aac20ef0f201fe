using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: COMPARE AND WRITE, ORWRITE and WRITE ATOMIC do what they say and nothing by halves.</summary>
public sealed class AtomicCommandTests
{
    private const byte ForceUnitAccess = 0x08;

    private readonly Rig _rig = new();

    [Fact]
    public void Blocks_that_compare_equal_are_written()
    {
        _rig.Disk.Bytes(3, 2).Fill(1);
        Outcome outcome = Swap(3, 2, Fill(1024, 1), Fill(1024, 2));
        outcome.ShouldBeGood();
        Assert.Equal(2048u, outcome.DataOutWanted);
        Assert.False(_rig.Disk.Bytes(3, 2).ContainsAnyExcept((byte)2));
        Assert.Equal((0, 0), (_rig.Disk.Bytes(2, 1)[511], _rig.Disk.Bytes(5, 1)[0]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(513)]
    [InlineData(1023)]
    public void A_miscompare_tells_the_first_byte_that_differs_and_writes_nothing(int at)
    {
        _rig.Disk.Bytes(3, 2)[at] = 7;
        Swap(3, 2, new byte[1024], Fill(1024, 2)).ShouldBe(Sense.Miscompare((ulong)at));
        Assert.Equal(0, _rig.Disk.Writes);
    }

    [Fact]
    public void The_longest_comparison_is_that_of_page_b0()
    {
        byte most = _rig.Run(Cdbs.Inquiry(PageCodes.Vpd.BlockLimits)).DataIn[5];
        Assert.Equal(128, most);
        Swap(0, most, new byte[most * 512], new byte[most * 512]).ShouldBeGood();
        Swap(0, (byte)(most + 1), [], []).ShouldBe(Sense.InvalidFieldInCdb(13));
        Assert.Equal(16, new Rig(new FakeDisk(4096)).Run(Cdbs.Inquiry(PageCodes.Vpd.BlockLimits)).DataIn[5]);
    }

    [Fact]
    public void A_comparison_stays_on_the_medium()
    {
        Swap(1023, 1, new byte[512], Fill(512, 1)).ShouldBeGood();
        Swap(1023, 2, [], []).ShouldBe(Sense.LbaOutOfRange(1024));
        Swap(1024, 0, [], []).ShouldBeGood();
        Swap(1025, 0, [], []).ShouldBe(Sense.LbaOutOfRange(1025));
    }

    [Fact]
    public void A_comparison_with_too_little_or_too_much_data_is_refused()
    {
        _rig.Run(Cdbs.CompareAndWrite(0, 1), new byte[1023]).ShouldBe(Sense.ParameterListLengthError);
        _rig.Run(_rig.First, Cdbs.CompareAndWrite(0, 1), new byte[512], offered: 512).ShouldBe(Sense.InvalidFieldInCdb(13));
        _rig.Run(_rig.First, Cdbs.CompareAndWrite(0, 1), new byte[1536], offered: 1536).ShouldBe(Sense.InvalidFieldInCdb(13));
        Assert.Equal(0, _rig.Disk.Writes);
    }

    [Theory]
    [InlineData(Support.Native, 1, 0)]
    [InlineData(Support.No, 0, 1)]
    public void Force_unit_access_reaches_stable_storage(Support support, int forced, int flushes)
    {
        Rig rig = new(new FakeDisk { Traits = _rig.Disk.Traits with { ForceUnitAccess = support } });
        rig.Run(Cdbs.CompareAndWrite(0, 1, ForceUnitAccess), new byte[1024]).ShouldBeGood();
        Assert.Equal((forced, flushes), (rig.Disk.ForcedWrites, rig.Disk.Flushes));
        rig.Run(Cdbs.Sixteen(OperationCode.OrWrite16, 0, 1, ForceUnitAccess), new byte[512]).ShouldBeGood();
        Assert.Equal((2 * forced, 2 * flushes), (rig.Disk.ForcedWrites, rig.Disk.Flushes));
        rig.Run(Cdbs.WriteAtomic(0, 1, ForceUnitAccess), new byte[512]).ShouldBeGood();
        Assert.Equal((3 * forced, 3 * flushes), (rig.Disk.ForcedWrites, rig.Disk.Flushes));
    }

    [Theory]
    [InlineData(Support.Native, 3, 0)]
    [InlineData(Support.No, 0, 3)]
    public void Without_write_cache_they_reach_stable_storage_always(Support support, int forced, int flushes)
    {
        Rig rig = new(new FakeDisk { Traits = _rig.Disk.Traits with { ForceUnitAccess = support } });
        WriteCache.Off((cdb, data) => rig.Run(cdb, data));
        int before = rig.Disk.Flushes;
        rig.Run(Cdbs.CompareAndWrite(0, 1), new byte[1024]).ShouldBeGood();
        rig.Run(Cdbs.Sixteen(OperationCode.OrWrite16, 0, 1), new byte[512]).ShouldBeGood();
        rig.Run(Cdbs.WriteAtomic(0, 1), new byte[512]).ShouldBeGood();
        Assert.Equal((forced, flushes), (rig.Disk.ForcedWrites, rig.Disk.Flushes - before));
    }

    [Fact]
    public void A_medium_that_fails_fails_them()
    {
        _rig.Disk.Failure = IoStatus.ReadError;
        Swap(5, 1, new byte[512], new byte[512]).ShouldBe(Sense.UnrecoveredReadError(5));
        _rig.Run(Cdbs.Sixteen(OperationCode.OrWrite16, 5, 1), new byte[512]).ShouldBe(Sense.UnrecoveredReadError(5));
        _rig.Disk.Failure = IoStatus.NoSpace;
        _rig.Run(Cdbs.WriteAtomic(5, 1), new byte[512]).ShouldBe(Sense.SpaceAllocationFailed(5));
        _rig.Disk.Failure = IoStatus.Ok;
        Swap(5, 1, new byte[512], new byte[512]).ShouldBeGood();
    }

    [Fact]
    public void Or_write_ors()
    {
        Rig rig = new(new FakeDisk(512, 4096));
        byte[] data = new byte[700 * 512];
        new Random(1).NextBytes(data);
        rig.Disk.Bytes(9, 702).Fill(0x11);
        rig.Run(Cdbs.Sixteen(OperationCode.OrWrite16, 10, 700), data).ShouldBeGood();
        Assert.True(rig.Disk.Bytes(10, 700).SequenceEqual(Array.ConvertAll(data, static it => (byte)(it | 0x11))));
        Assert.Equal((0x11, 0x11), (rig.Disk.Bytes(9, 1)[511], rig.Disk.Bytes(710, 1)[0]));
        rig.Run(Cdbs.Sixteen(OperationCode.OrWrite16, 0, 2), new byte[600]).ShouldBeGood();
    }

    [Fact]
    public void An_atomic_write_is_one_write_with_the_limit_of_page_b0()
    {
        BlockLimitsPage limits = BlockLimitsPage.Parse(_rig.Run(Cdbs.Inquiry(PageCodes.Vpd.BlockLimits)).DataIn)!.Value;
        Assert.Equal(
            (256u, 0u, 0u, 0u, 0u),
            (limits.MaximumAtomicTransfer, limits.AtomicAlignment, limits.AtomicTransferGranularity, limits.MaximumAtomicTransferWithBoundary, limits.MaximumAtomicBoundary));
        _rig.Run(Cdbs.WriteAtomic(7, 256), Fill(256 * 512, 3)).ShouldBeGood();
        Assert.Equal(1, _rig.Disk.Writes);
        Assert.False(_rig.Disk.Bytes(7, 256).ContainsAnyExcept((byte)3));
        _rig.Run(Cdbs.WriteAtomic(7, 257), []).ShouldBe(Sense.InvalidFieldInCdb(12));
        _rig.Run(Cdbs.WriteAtomic(1023, 2), []).ShouldBe(Sense.LbaOutOfRange(1024));
        _rig.Run(Cdbs.WriteAtomic(1024, 0), []).ShouldBeGood();
    }

    [Fact]
    public void An_atomic_write_with_too_little_data_writes_nothing()
    {
        _rig.Run(Cdbs.WriteAtomic(0, 2), new byte[1023]).ShouldBe(Sense.ParameterListLengthError);
        Assert.Equal(0, _rig.Disk.Writes);
    }

    [Fact]
    public void A_disk_that_cannot_promise_it_has_no_atomic_write()
    {
        Rig rig = new(new FakeDisk { Traits = _rig.Disk.Traits with { AtomicWriteBlocks = 0 } });
        rig.Run(Cdbs.WriteAtomic(0, 1), new byte[512]).ShouldBe(Sense.InvalidOpcode);
        Assert.Equal([0, 1, 0, 0], rig.Run(Cdbs.SupportedOperationCodes(1, OperationCode.WriteAtomic16)).DataIn);
        Assert.Equal(0u, BlockLimitsPage.Parse(rig.Run(Cdbs.Inquiry(PageCodes.Vpd.BlockLimits)).DataIn)!.Value.MaximumAtomicTransfer);
        rig.Run(Cdbs.CompareAndWrite(0, 1), new byte[1024]).ShouldBeGood();
    }

    [Fact]
    public async Task Increments_by_compare_and_write_of_several_nexuses_lose_none()
    {
        const int threads = 4, each = 300;
        await using MemoryDisk disk = new(1 << 20);
        LogicalUnit unit = new(0, disk, new LogicalUnitOptions { Identity = "counter" });
        ScsiTargetDevice target = new(Rig.TargetName, [unit]);
        await Task.WhenAll(Enumerable.Range(0, threads).Select(i => Task.Factory.StartNew(() => Count(target, i, each), TaskCreationOptions.LongRunning)));
        byte[] block = new byte[512];
        await disk.ReadAsync(8, block, CancellationToken.None);
        Assert.Equal(threads * each, BitConverter.ToInt32(block));
    }

    /// <summary>Adds 1 to the number in block 8, with a plain read before each comparison and a plain write beside it after.</summary>
    private static void Count(ScsiTargetDevice target, int seed, int times)
    {
        using OneBufferPool pool = new();
        Nexus nexus = new("iqn.2026-11.local.counter:" + seed, (ulong)seed, 1, 1);
        target.AttachNexus(nexus, afterNexusLoss: false);
        ScsiCommand command = new(pool);
        byte[] data = new byte[1024];
        for (int done = 0; done < times;)
        {
            Do(Cdbs.Ten(OperationCode.Read10, 8, 1), []);
            command.DataIn.CopyTo(data);
            command.DataIn.CopyTo(data.AsMemory(512));
            command.End();
            BitConverter.TryWriteBytes(data.AsSpan(512), BitConverter.ToInt32(data) + 1);
            done += Do(Cdbs.CompareAndWrite(8, 1), data) ? 1 : 0;
            command.End();
            Do(Cdbs.Ten(OperationCode.Write10, (uint)(9 + seed), 1), data);
            command.End();
        }

        bool Do(byte[] cdb, byte[] dataOut)
        {
            do
            {
                command.Begin(nexus, 0, cdb, TaskAttribute.Simple);
            }
            while (!target.Prepare(command));
            command.DataOut = dataOut.AsMemory(0, (int)command.DataOutWanted);
            ValueTask running = target.ExecuteAsync(command, CancellationToken.None);
            Assert.True(running.IsCompletedSuccessfully, "not inline");
            Assert.True(command.Status == ScsiStatus.Good || SenseData.Parse(command.Sense)?.Key == SenseKey.Miscompare);
            return command.Status == ScsiStatus.Good;
        }
    }

    private Outcome Swap(ulong lba, byte count, byte[] expected, byte[] written) =>
        _rig.Run(Cdbs.CompareAndWrite(lba, count), [.. expected, .. written]);

    private static byte[] Fill(int length, byte value)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
