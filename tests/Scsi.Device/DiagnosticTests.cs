using System.Buffers.Binary;
using Blockwire.Scsi.Device.Upkeep;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: self-tests and buffers as SPC-4 §5.7, §6.18, §6.42 and §6.49 have them. Method: a disk whose reads fail or wait, and log page 10h.</summary>
public sealed class DiagnosticTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Rig _rig = new(new FakeDisk(blockCount: 65536));

    [Fact]
    public void The_short_test_reads_both_ends_and_the_extended_one_everything()
    {
        ulong read = 0;
        _rig.Disk.OnCall = bytes => read += bytes;
        Test(SelfTests.ForegroundShort).ShouldBeGood();
        Assert.Equal(64UL * (256 << 10), read);
        Test(SelfTests.ForegroundExtended).ShouldBeGood();
        Assert.Equal((64UL * (256 << 10)) + (32UL << 20), read);
        byte[] log = Log();
        Assert.Equal((20 * 20, (byte)(SelfTests.ForegroundExtended << 5), (byte)(SelfTests.ForegroundShort << 5)), (log.Length, log[4], log[24]));
        Assert.Equal(ulong.MaxValue, BinaryPrimitives.ReadUInt64BigEndian(log.AsSpan(8)));
        Assert.Equal(new byte[16], log[44..60]);
    }

    [Fact]
    public void A_test_that_fails_is_told_and_logged_with_its_place()
    {
        int calls = 0;
        _rig.Disk.OnCall = _ => _rig.Disk.Failure = ++calls == 2 ? IoStatus.ReadError : IoStatus.Ok;
        Test(SelfTests.ForegroundExtended).ShouldBe(Sense.SelfTestFailed);
        byte[] log = Log();
        Assert.Equal(SelfTests.ForegroundExtended << 5 | SelfTests.FailedInUnknownSegment, log[4]);
        Assert.Equal((512UL, 0x03, 0x11), (BinaryPrimitives.ReadUInt64BigEndian(log.AsSpan(8)), log[16], log[17]));
        _rig.Disk.OnCall = null;
        _rig.Disk.Failure = IoStatus.ReadError;
        _rig.Run([OperationCode.SendDiagnostic, 4, 0, 0, 0, 0]).ShouldBe(Sense.SelfTestFailed);
        Assert.Equal(0, Log()[24]); // the default self-test is not logged
    }

    [Fact]
    public void A_background_test_is_told_by_request_sense_and_serves_others_meanwhile()
    {
        using ManualResetEventSlim go = new();
        _rig.Disk.OnCall = bytes =>
        {
            if (bytes > 512)
            {
                go.Wait(Patience);
            }
        };
        Test(SelfTests.BackgroundExtended).ShouldBeGood();
        Assert.Equal(Sense.SelfTestInProgress.WithProgress(0), SenseData.Parse(_rig.Run(Cdbs.RequestSense()).DataIn));
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
        Assert.Equal(SelfTests.BackgroundExtended << 5 | SelfTests.InProgress, Log()[4]);
        Test(SelfTests.BackgroundShort).ShouldBe(Sense.SelfTestInProgress.WithProgress(0));
        go.Set();
        Ended();
        Assert.Equal(SelfTests.BackgroundExtended << 5, Log()[4]);
    }

    [Theory]
    [InlineData(false, SelfTests.AbortedByCommand)]
    [InlineData(true, SelfTests.AbortedOtherwise)]
    public void A_background_test_can_be_aborted(bool byReset, byte result)
    {
        using ManualResetEventSlim go = new();
        _rig.Disk.OnCall = _ => go.Wait(Patience);
        Test(SelfTests.BackgroundShort).ShouldBeGood();
        if (byReset)
        {
            _rig.Target.LogicalUnitReset(0, _rig.Second);
            _rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.BusDeviceReset);
        }
        else
        {
            Test(SelfTests.AbortBackground).ShouldBeGood();
        }

        go.Set();
        Ended();
        Assert.Equal(SelfTests.BackgroundShort << 5 | result, Log()[4]);
        Test(SelfTests.AbortBackground).ShouldBe(Sense.InvalidFieldInCdb(1, 7));
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("format")]
    [InlineData("sanitize")]
    public void What_takes_the_medium_away_ends_a_background_test(string what)
    {
        using ManualResetEventSlim go = new();
        int calls = 0;
        _rig.Disk.OnCall = _ =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                go.Wait(Patience);
            }
        };
        Test(SelfTests.BackgroundShort).ShouldBeGood();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref calls) == 1, Patience));
        Outcome? outcome = null;
        Thread command = new(() => outcome = _rig.Run(what switch
        {
            "stop" => Cdbs.StartStop(0),
            "format" => Cdbs.Format(0),
            _ => Cdbs.Sanitize(ServiceAction.SanitizeBlockErase),
        }));
        command.Start();
        // A stop is over by itself; the others wait for the read that is under way.
        Assert.True(SpinWait.SpinUntil(() => (command.ThreadState & (ThreadState.Stopped | ThreadState.WaitSleepJoin)) != ThreadState.Running && (what == "stop") == !command.IsAlive, Patience));
        go.Set();
        Assert.True(command.Join(Patience));
        Assert.NotNull(outcome);
        outcome.ShouldBeGood();
        Ended();
        Assert.Equal(SelfTests.BackgroundShort << 5 | SelfTests.AbortedOtherwise, Log()[4]);
    }

    [Fact]
    public void Twenty_results_are_kept()
    {
        for (int i = 0; i < 21; i++)
        {
            _rig.Time.Advance(TimeSpan.FromHours(1));
            Test(SelfTests.ForegroundShort).ShouldBeGood();
        }

        byte[] log = Log();
        Assert.Equal((21, 2), (log[7], log[(19 * 20) + 7]));
        Assert.Equal(20, log[(19 * 20) + 1]);
    }

    [Fact]
    public void Bad_fields_of_send_diagnostic()
    {
        _rig.Run([OperationCode.SendDiagnostic, 3 << 5, 0, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInCdb(1, 7));
        _rig.Run([OperationCode.SendDiagnostic, 0x24, 0, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInCdb(1, 7));
        _rig.Run([OperationCode.SendDiagnostic, 0x04, 0, 0, 4, 0]).ShouldBe(Sense.InvalidFieldInCdb(3));
        _rig.Run([OperationCode.SendDiagnostic, 0x30, 0, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInCdb(1, 4));
        _rig.Run([OperationCode.SendDiagnostic, 0, 0, 0, 4, 0], [0, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInCdb(1, 4));
    }

    [Fact]
    public void The_only_diagnostic_page_is_the_list_of_pages()
    {
        byte[] send = [OperationCode.SendDiagnostic, 0x10, 0, 0, 4, 0];
        _rig.Run(send, [0, 0, 0, 0]).ShouldBeGood();
        _rig.Run(send, [0, 0, 0]).ShouldBe(Sense.ParameterListLengthError);
        _rig.Run(send, [0x40, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInParameterList(0));
        _rig.Run(send, [0, 0, 0, 1]).ShouldBe(Sense.InvalidFieldInParameterList(2));
        Assert.Equal([0, 0, 0, 1, 0], _rig.Run([OperationCode.ReceiveDiagnosticResults, 1, 0, 0, 255, 0]).DataIn);
        _rig.Run([OperationCode.ReceiveDiagnosticResults, 1, 0x40, 0, 255, 0]).ShouldBe(Sense.InvalidFieldInCdb(2));
    }

    [Fact]
    public void The_data_buffer_gives_back_what_was_written()
    {
        Assert.Equal([0, 0, 0x10, 0], _rig.Run(Cdbs.Buffer(OperationCode.ReadBuffer, 3, 0, 4)).DataIn);
        Assert.Equal([0, 0, 0, 0], _rig.Run(Cdbs.Buffer(OperationCode.ReadBuffer, 3, 0, 4, id: 1)).DataIn);
        _rig.Run(Cdbs.Buffer(OperationCode.WriteBuffer, 2, 100, 3), [7, 8, 9]).ShouldBeGood();
        Assert.Equal([0, 7, 8, 9, 0], _rig.Run(_rig.Second, Cdbs.Buffer(OperationCode.ReadBuffer, 2, 99, 5)).DataIn);
        Assert.Equal(2, _rig.Run(Cdbs.Buffer(OperationCode.ReadBuffer, 2, 4094, 100)).DataIn.Length);
    }

    [Fact]
    public void The_echo_buffer_belongs_to_who_wrote_it_last()
    {
        byte[] read = Cdbs.Buffer(OperationCode.ReadBuffer, 0x0A, 0, 100);
        _rig.Run(read).ShouldBe(Sense.CommandSequenceError);
        _rig.Run(Cdbs.Buffer(OperationCode.WriteBuffer, 0x0A, 0, 2), [1, 2]).ShouldBeGood();
        Assert.Equal([1, 2], _rig.Run(read).DataIn);
        _rig.Run(_rig.Second, read).ShouldBe(Sense.EchoBufferOverwritten);
        Assert.Equal([1, 0, 0x10, 0], _rig.Run(Cdbs.Buffer(OperationCode.ReadBuffer, 0x0B, 0, 4)).DataIn);
    }

    [Theory]
    [InlineData(OperationCode.WriteBuffer, 4, 0, 4, 0, 1, 4)] // microcode
    [InlineData(OperationCode.WriteBuffer, 2, 0, 4, 1, 2, 7)]
    [InlineData(OperationCode.WriteBuffer, 2, 4097, 0, 0, 3, 7)]
    [InlineData(OperationCode.WriteBuffer, 2, 4096, 1, 0, 6, 7)]
    [InlineData(OperationCode.WriteBuffer, 0x0A, 1, 4, 0, 3, 7)]
    [InlineData(OperationCode.WriteBuffer, 0x0A, 0, 4097, 0, 6, 7)]
    [InlineData(OperationCode.ReadBuffer, 4, 0, 4, 0, 1, 4)]
    [InlineData(OperationCode.ReadBuffer, 2, 0, 4, 1, 2, 7)]
    [InlineData(OperationCode.ReadBuffer, 2, 4097, 4, 0, 3, 7)]
    [InlineData(OperationCode.ReadBuffer, 0x0A, 1, 4, 0, 3, 7)]
    public void Bad_fields_of_the_buffer_commands(byte op, byte mode, int offset, int length, byte id, int at, int bit) =>
        _rig.Run(Cdbs.Buffer(op, mode, offset, length, id), new byte[Math.Min(length, 4096)]).ShouldBe(Sense.InvalidFieldInCdb(at, bit));

    private Outcome Test(byte code) => _rig.Run([OperationCode.SendDiagnostic, (byte)(code << 5), 0, 0, 0, 0]);

    private byte[] Log() => _rig.Run(Cdbs.LogSense(0x10)).DataIn[4..];

    private void Ended() => Assert.True(SpinWait.SpinUntil(() => _rig.Unit.SelfTests.Progress is null, Patience), "the test does not end");
}
