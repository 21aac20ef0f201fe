using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;
using Blockwire.Testing;

namespace Blockwire.Initiator.Tests.Units;

/// <summary>Goal: reads, writes and flushes move what they say, in the CDBs that fit. Method: our device server, and scripts in front of it.</summary>
public sealed class TransferTests
{
    [Fact]
    public async Task What_is_written_is_read_back()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        byte[] data = Random(3 * 512);
        await unit.WriteAsync(7, data, forceUnitAccess: true);
        await unit.FlushAsync();
        byte[] back = new byte[data.Length];
        await unit.ReadAsync(7, back);

        Assert.Equal(data, back);
        Assert.Equal(0x08, rig.Executor.Seen.Single(cdb => cdb[0] == OperationCode.Write10)[1]);
    }

    [Fact]
    public async Task Addresses_and_lengths_that_ten_bytes_cannot_hold_get_sixteen()
    {
        ScriptedExecutor executor = new() { Answer = Terabytes };
        LogicalUnit unit = await LogicalUnit.OpenAsync(executor, new LogicalUnitSettings { MostTransferBytes = 64 << 20 });
        byte[] data = new byte[65536 * 512];
        await unit.ReadAsync(uint.MaxValue, data.AsMemory(0, 512));
        await unit.ReadAsync(uint.MaxValue + 1UL, data.AsMemory(0, 512));
        await unit.WriteAsync(0, data);
        await unit.WriteAsync(0, data.AsMemory(0, 65535 * 512));

        Assert.Equal(
            [OperationCode.Read10, OperationCode.Read16, OperationCode.Write16, OperationCode.Write10],
            executor.Seen.TakeLast(4).Select(cdb => cdb[0]));
    }

    [Fact]
    public async Task A_write_that_is_lost_behind_its_first_command_may_have_run()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await LogicalUnit.OpenAsync(rig.Executor, rig.Settings with { MostTransferBytes = 4096 });
        int writes = 0;
        rig.Executor.Answer = request => request.Cdb[0] == OperationCode.Write10 && ++writes == 2
            ? new ValueTask<ScsiResult>(Task.FromException<ScsiResult>(new CommandLostException(CommandFate.NotRun, "gone")))
            : null;

        CommandLostException lost = await Assert.ThrowsAsync<CommandLostException>(async () => await unit.WriteAsync(0, Random(8192)));

        Assert.Equal((2, CommandFate.MayHaveRun), (writes, lost.Fate));
    }

    [Fact]
    public async Task A_write_that_was_aborted_and_then_lost_may_have_run()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        int writes = 0;
        rig.Executor.Answer = request => request.Cdb[0] != OperationCode.Write10 ? null
            : ++writes == 1 ? new(new ScsiResult(ScsiStatus.TaskAborted, 0))
            : new ValueTask<ScsiResult>(Task.FromException<ScsiResult>(new CommandLostException(CommandFate.NotRun, "gone")));

        CommandLostException lost = await Assert.ThrowsAsync<CommandLostException>(async () => await unit.WriteAsync(0, Random(512)));

        Assert.Equal((2, CommandFate.MayHaveRun), (writes, lost.Fate));
    }

    [Fact]
    public async Task Long_transfers_are_split_at_the_targets_limit()
    {
        await using UnitRig rig = new();
        rig.Executor.Answer = request => request.Cdb[0] == OperationCode.Inquiry && request.Cdb[2] == PageCodes.Vpd.BlockLimits
            ? new(ScriptedExecutor.Good(new BlockLimitsPage { MaximumTransfer = 10 }.Write(request.DataIn.Span)))
            : null;
        LogicalUnit unit = await rig.OpenAsync();
        byte[] data = Random(25 * 512);
        byte[] back = new byte[data.Length];
        await unit.WriteAsync(3, data);
        await unit.ReadAsync(3, back);

        Assert.Equal(data, back);
        Assert.Equal((3, 3), (rig.Executor.Count(OperationCode.Write10), rig.Executor.Count(OperationCode.Read10)));
    }

    [Fact]
    public async Task Parts_of_blocks_are_a_defect_of_the_caller()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();

        await Assert.ThrowsAsync<ArgumentException>(async () => await unit.ReadAsync(0, new byte[100]));
    }

    [Fact]
    public async Task A_read_that_ends_with_GOOD_and_too_little_data_fails()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Next(OperationCode.Read10, ScriptedExecutor.Good(100));
        ScsiException failure = await Assert.ThrowsAsync<ScsiException>(async () => await unit.ReadAsync(0, new byte[512]));

        Assert.Contains("READ(10) moved 100 of 512 bytes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_names_the_unit_the_command_the_cause_and_what_to_try()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        ScsiException failure = await Assert.ThrowsAsync<ScsiException>(async () => await unit.ReadAsync(8192, new byte[512]));

        Assert.Equal("READ(10)", failure.Operation);
        Assert.Equal(
            "disk: READ(10) failed: CHECK CONDITION, ILLEGAL REQUEST: LOGICAL BLOCK ADDRESS OUT OF RANGE, information 8192; "
            + "the range leaves the disk: read its capacity again",
            failure.Message);
    }

    [Fact]
    public void Transfers_that_complete_at_once_allocate_nothing()
    {
        ScriptedAlways executor = new();
        LogicalUnit unit = Completed(LogicalUnit.OpenAsync(executor));
        byte[] data = new byte[4096];

        Assert.Equal(0, Allocations.Of(() =>
        {
            AtOnce(unit.ReadAsync(5, data));
            AtOnce(unit.WriteAsync(5, data));
            AtOnce(unit.FlushAsync());
        }));

        static void AtOnce(ValueTask done)
        {
            Assert.True(done.IsCompleted);
            done.GetAwaiter().GetResult();
        }
    }

    [Fact]
    public void Transfers_that_complete_later_allocate_nothing()
    {
        LateExecutor late = new();
        ScriptedAlways always = new();
        SwitchingExecutor executor = new(always);
        LogicalUnit unit = Completed(LogicalUnit.OpenAsync(executor));
        executor.To = late;
        byte[] data = new byte[4096];
        ScsiResult read = ScriptedExecutor.Good(data.Length);
        ScsiResult written = ScriptedExecutor.Good();

        Assert.Equal(0, Allocations.Of(() =>
        {
            Follow(unit.ReadAsync(5, data), read);
            Follow(unit.WriteAsync(5, data), written);
            Follow(unit.FlushAsync(), written);
        }));

        void Follow(ValueTask pending, ScsiResult result)
        {
            Assert.False(pending.IsCompleted);
            late.Complete(result);
            pending.GetAwaiter().GetResult();
        }
    }

    private static T Completed<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    private static byte[] Random(int length)
    {
        byte[] data = new byte[length];
        new Random(7).NextBytes(data);
        return data;
    }

    private static ValueTask<ScsiResult>? Terabytes(ScsiRequest request) => new(request.Cdb[0] switch
    {
        OperationCode.Inquiry when request.Cdb[1] == 0 =>
            ScriptedExecutor.Good(new StandardInquiryData { Vendor = "V", Product = "P", Revision = "1" }.Write(request.DataIn.Span)),
        OperationCode.ServiceActionIn16 => ScriptedExecutor.Good(new CapacityData16(1UL << 40, 512, 0, false, false).Write(request.DataIn.Span)),
        OperationCode.Read10 or OperationCode.Read16 => ScriptedExecutor.Good(request.DataIn.Length),
        OperationCode.Write10 or OperationCode.Write16 => ScriptedExecutor.Good(),
        _ => ScriptedExecutor.Check(Sense.InvalidOpcode),
    });

    private sealed class ScriptedAlways : IScsiExecutor
    {
        public ValueTask<ScsiResult> ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken) =>
            request.Cdb[0] is OperationCode.Read10 ? new(ScriptedExecutor.Good(request.DataIn.Length))
            : request.Cdb[0] is OperationCode.Write10 or OperationCode.SynchronizeCache10 ? new(ScriptedExecutor.Good())
            : Terabytes(request)!.Value;
    }

    private sealed class SwitchingExecutor(IScsiExecutor first) : IScsiExecutor
    {
        public IScsiExecutor To { get; set; } = first;

        public ValueTask<ScsiResult> ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken) => To.ExecuteAsync(request, cancellationToken);
    }
}
