using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Initiator.Tests.Units;

/// <summary>Goal: operations on blocks do what SBC-3 has them do, in commands that the target takes. Method: our device server where it knows the command, scripts elsewhere.</summary>
public sealed class BlockOperationTests
{
    [Fact]
    public async Task Verification_tells_what_differs()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        byte[] data = new byte[4 * 512];
        data[1100] = 1;
        await unit.WriteAsync(10, data);
        await unit.VerifyAsync(10, 4);
        Assert.Equal(new BlockComparison(true, null), await unit.VerifyAsync(10, data));

        Assert.Equal(new BlockComparison(false, 12), await unit.VerifyAsync(10, new byte[4 * 512]));
    }

    [Fact]
    public async Task Verification_of_the_medium_fails_as_any_command_does()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();

        await Assert.ThrowsAsync<ScsiException>(async () => await unit.VerifyAsync(8190, 4));
    }

    [Fact]
    public async Task Compare_and_write_sends_both_and_tells_a_miscompare()
    {
        ScsiRequest seen = default;
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = request =>
        {
            seen = request;
            return new(ScriptedExecutor.Check(Sense.Miscompare(17)));
        };
        byte[] expected = [.. Enumerable.Repeat((byte)1, 512)];
        byte[] written = [.. Enumerable.Repeat((byte)2, 512)];

        Assert.Equal(new BlockComparison(false, 17), await unit.CompareAndWriteAsync(5, expected, written));
        Assert.Equal(expected.Concat(written), seen.DataOut.ToArray());
        Assert.Equal((OperationCode.CompareAndWrite, (byte)1, Repeat.OnlyIfNotRun), (seen.Cdb[0], seen.Cdb[13], seen.Repeat));
        await Assert.ThrowsAsync<ArgumentException>(async () => await unit.CompareAndWriteAsync(5, expected, new byte[1024]));
    }

    [Theory]
    [InlineData(OperationCode.WriteAtomic16)]
    [InlineData(OperationCode.OrWrite16)]
    public async Task Rare_writes_are_sent_whole(byte operationCode)
    {
        ScsiRequest seen = default;
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = request =>
        {
            seen = request;
            return new(ScriptedExecutor.Good());
        };
        byte[] data = new byte[1024];
        await (operationCode == OperationCode.OrWrite16 ? unit.OrWriteAsync(3, data) : unit.WriteAtomicAsync(3, data));

        Assert.Equal((operationCode, 3, 2, 1024), (seen.Cdb[0], seen.Cdb[9], seen.Cdb[13], seen.DataOut.Length));
    }

    [Fact]
    public async Task Write_same_fills_a_range_in_pieces()
    {
        await using UnitRig rig = new(bytes: 64 << 20);
        LogicalUnit unit = await rig.OpenAsync();
        byte[] block = [.. Enumerable.Repeat((byte)7, 512)];
        await unit.WriteSameAsync(1, 70000, block);
        byte[] back = new byte[512];
        await unit.ReadAsync(70000, back);

        Assert.Equal(block, back);
        Assert.Equal(2, rig.Executor.Count(OperationCode.WriteSame16));
        await unit.ReadAsync(70001, back);
        Assert.Equal(new byte[512], back);
    }

    [Fact]
    public async Task A_target_without_the_long_form_of_write_same_gets_the_short_one()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = static request => request.Cdb[0] == OperationCode.WriteSame16 ? new(ScriptedExecutor.Check(Sense.InvalidOpcode)) : null;
        await unit.WriteSameAsync(0, 8, new byte[512]);
        await unit.WriteSameAsync(0, 8, new byte[512]);

        Assert.Equal((1, 2), (rig.Executor.Count(OperationCode.WriteSame16), rig.Executor.Count(OperationCode.WriteSame10)));
    }

    [Fact]
    public async Task Unmaps_keep_to_the_targets_limits()
    {
        await using UnitRig rig = new(64 << 20);
        rig.Executor.Answer = static request => request.Cdb[0] == OperationCode.Inquiry && request.Cdb[2] == PageCodes.Vpd.BlockLimits
            ? new(ScriptedExecutor.Good(new BlockLimitsPage { MaximumUnmap = 100, MaximumUnmapDescriptors = 2 }.Write(request.DataIn.Span)))
            : null;
        LogicalUnit unit = await rig.OpenAsync();
        List<UnmapDescriptor[]> lists = [];
        rig.Executor.Answer = request =>
        {
            if (request.Cdb[0] == OperationCode.Unmap)
            {
                ReadOnlyMemory<byte> list = request.DataOut;
                lists.Add([.. Enumerable.Range(0, (list.Length - 8) / 16).Select(i => UnmapDescriptor.Read(list.Span[(8 + 16 * i)..]))]);
            }

            return null;
        };
        await unit.UnmapAsync([new(0, 150), new(1000, 1), new(2000, 1), new(3000, 0)]);

        Assert.Equal([[new(0, 100)], [new(100, 50), new(1000, 1)], [new(2000, 1)]], lists);
        await unit.UnmapAsync(5, 0);
        Assert.Equal(3, lists.Count);
    }

    [Fact]
    public async Task Provisioning_is_told_run_by_run()
    {
        await using UnitRig rig = new(16 << 20);
        LogicalUnit unit = await rig.OpenAsync();
        await unit.WriteAsync(16384, new byte[4096]);
        IReadOnlyList<LbaStatusDescriptor> runs = await unit.GetLbaStatusAsync(0);

        Assert.Equal((0ul, (byte)1), (runs[0].Lba, runs[0].ProvisioningStatus));
        Assert.Contains(runs, static run => run is { ProvisioningStatus: 0 });
        Assert.Equal(32768ul, runs.Aggregate(0ul, static (sum, run) => sum + run.BlockCount));
    }

    [Fact]
    public async Task A_cancelled_command_ends_cancelled()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = static _ => new(Task.FromCanceled<ScsiResult>(new CancellationToken(canceled: true)));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await unit.ReadAsync(0, new byte[512]));
    }

    [Fact]
    public async Task A_pause_ends_when_the_command_is_cancelled()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = static _ => new(new ScsiResult(ScsiStatus.Busy, 0));
        using CancellationTokenSource cancellation = new();
        Task read = unit.ReadAsync(0, new byte[512], cancellation.Token).AsTask();
        Assert.Equal(1, rig.Time.Waiting);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public async Task A_lost_command_is_reported_as_it_is()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        CommandLostException lost = new(CommandFate.MayHaveRun, "gone");
        rig.Executor.Answer = _ => new ValueTask<ScsiResult>(Task.FromException<ScsiResult>(lost));

        Assert.Same(lost, await Assert.ThrowsAsync<CommandLostException>(async () => await unit.WriteAsync(0, new byte[512])));
    }
}
