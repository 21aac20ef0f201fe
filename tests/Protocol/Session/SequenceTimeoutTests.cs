using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Protocol.Tests.Session.Recovery;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Data-Out sequences that stop.</summary>
[Rule("7143/7.1.4.1")]
public class SequenceTimeoutTests
{
    private static readonly SessionParameters _level0 =
        new() { InitialR2T = false, ImmediateData = true, FirstBurstLength = 4096, MaxBurstLength = 8192 };

    private static readonly SessionParameters _level1 = _level0 with { ErrorRecoveryLevel = 1 };

    private readonly byte[] _data = SessionRig.Bytes(8192);

    [Fact]
    public void An_R2T_without_an_answer_is_followed_by_another_for_the_same_data()
    {
        SessionRig rig = new(_level1);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        ReadyToTransfer lost = rig.TakeOne().R2T;
        Pass(rig, 9);
        Assert.Empty(rig.Sent);
        Pass(rig, 1);
        ReadyToTransfer again = rig.TakeOne().R2T;
        Assert.Equal((1u, 0u, 4096u), (again.R2TSN.Value, again.BufferOffset, again.DesiredDataTransferLength));
        Assert.NotEqual(lost.TargetTransferTag, again.TargetTransferTag);
        rig.DataOut(itt, lost.TargetTransferTag, 0, 0, new byte[4096], final: true);
        Assert.Empty(rig.Sent);
        rig.DataOut(itt, again.TargetTransferTag, 0, 0, _data[..4096], final: true);
        AssertWritten(rig, itt, 4096);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sequence_whose_end_is_lost_is_asked_for_from_where_it_stopped(bool unsolicited)
    {
        SessionRig rig = new(_level1);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096, final: !unsolicited);
        rig.DataOut(itt, unsolicited ? Bhs.ReservedTag : rig.TakeOne().R2T.TargetTransferTag, 0, 0, _data[..1024], final: false);
        Pass(rig, 10);
        ReadyToTransfer again = rig.TakeOne().R2T;
        Assert.Equal((1024u, 3072u), (again.BufferOffset, again.DesiredDataTransferLength));
        rig.DataOut(itt, again.TargetTransferTag, 0, 1024, _data[1024..4096], final: true);
        AssertWritten(rig, itt, 4096);
    }

    [Fact]
    public void Of_a_sequence_that_lacks_only_its_F_bit_nothing_is_asked_for()
    {
        SessionRig rig = new(_level1);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096, final: false);
        rig.DataOut(itt, Bhs.ReservedTag, 0, 0, _data[..4096], final: false);
        Pass(rig, 10);
        AssertWritten(rig, itt, 4096);
    }

    [Fact]
    public void Progress_begins_the_wait_anew()
    {
        SessionRig rig = new(_level1);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        for (uint i = 0; i < 4; i++)
        {
            Pass(rig, 9);
            rig.DataOut(itt, ttt, i, 1024 * i, _data[(int)(1024 * i)..(int)(1024 * (i + 1))], final: i == 3);
        }

        AssertWritten(rig, itt, 4096);
    }

    [Fact]
    [Rule("7143/11.8")]
    public void Beside_other_data_a_sequence_waits_three_times_as_long()
    {
        SessionRig rig = new(_level1);
        uint busy = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint busyTag = rig.TakeOne().R2T.TargetTransferTag;
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        for (uint i = 0; i < 5; i++)
        {
            Pass(rig, 5);
            rig.DataOut(busy, busyTag, i, 4 * i, new byte[4], final: false);
        }

        Pass(rig, 4);
        Assert.Empty(rig.Sent);
        Pass(rig, 1);
        ReadyToTransfer again = rig.TakeOne().R2T;
        Assert.Equal(itt, again.InitiatorTaskTag);
        Assert.NotEqual(ttt, again.TargetTransferTag);
    }

    [Fact]
    public void An_initiator_that_never_sends_fails_its_command_in_the_end()
    {
        SessionRig rig = new(_level1);
        rig.Command(new FakeCdb(Takes: 4096), 4096);
        for (int i = 0; i <= DataOutProgress.MaxRounds; i++)
        {
            Assert.Equal((uint)i, rig.TakeOne().R2T.R2TSN.Value);
            KeepAlive(rig);
            Pass(rig, 10);
        }

        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x47, 0x05);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Rule("7143/7.9")]
    public void At_recovery_level_0_the_command_fails(bool unsolicited)
    {
        SessionRig rig = new(_level0, options: new TargetSessionOptions { WindowDepth = 16, IdleBeforeProbe = TimeSpan.FromHours(1) });
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096, final: !unsolicited);
        uint ttt = unsolicited ? Bhs.ReservedTag : rig.TakeOne().R2T.TargetTransferTag;
        rig.DataOut(itt, ttt, 0, 0, _data[..4096], final: false);
        Pass(rig, 29);
        Assert.Empty(rig.Sent);
        Pass(rig, 1);
        SessionRig.AssertSense(rig.TakeOne(), 0x0B, 0x47, 0x05);
        rig.DataOut(itt, ttt, 1, 4096, [], final: true);
        Assert.Empty(rig.Sent);
        Assert.Equal(DeviationAction.Ignore, rig.Notes.Single().Action);
        Assert.Empty(rig.Written);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    public void At_recovery_level_0_a_sequence_waits_while_other_data_comes()
    {
        SessionRig rig = new(_level0);
        uint busy = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint busyTag = rig.TakeOne().R2T.TargetTransferTag;
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        for (uint i = 0; i < 12; i++)
        {
            Pass(rig, 10);
            rig.DataOut(busy, busyTag, i, 4 * i, new byte[4], final: false);
        }

        rig.DataOut(itt, ttt, 0, 0, _data[..4096], final: true);
        AssertWritten(rig, itt, 4096, nothingElse: false);
    }

    [Fact]
    public void A_server_that_was_not_running_waits_on()
    {
        SessionRig rig = new(_level1, options: new TargetSessionOptions { WindowDepth = 16, IdleBeforeProbe = TimeSpan.FromHours(1) });
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = rig.TakeOne().R2T.TargetTransferTag;
        Pass(rig, 1);
        rig.Tick(TimeSpan.FromSeconds(12));
        Pass(rig, 9);
        Assert.Empty(rig.Sent);
        rig.DataOut(itt, ttt, 0, 0, _data[..4096], final: true);
        AssertWritten(rig, itt, 4096);
    }

    [Fact]
    public void Data_that_is_being_received_into_its_place_is_no_stalled_sequence()
    {
        SessionRig rig = new(_level1);
        uint itt = rig.Command(new FakeCdb(Takes: 4096), 4096);
        byte[] header = rig.Header(new DataOut(true, 0, itt, rig.TakeOne().R2T.TargetTransferTag, default, 0).Emit, 0);
        Bhs.SetLengths(header, 0, 4096);
        Memory<byte> landing = rig.Session.PlanLanding(rig.Connection, header, 4096);
        Pass(rig, 14);
        Assert.Empty(rig.Sent);
        _data.AsMemory(0, 4096).CopyTo(landing);
        rig.Finish(header, DataSegment.InPlace(landing, digestError: false));
        AssertWritten(rig, itt, 4096);
    }

    [Fact]
    [Rule("7143/4.2.3.3")]
    public void A_task_that_was_aborted_is_not_asked_for_more()
    {
        SessionRig rig = new(_level1, options: new TargetSessionOptions { WindowDepth = 16, DrainTimeout = TimeSpan.FromHours(1), IdleBeforeProbe = TimeSpan.FromHours(1) });
        rig.Command(new FakeCdb(Takes: 4096), 4096);
        rig.Take();
        rig.Manage(TaskManagementFunction.AbortTaskSet);
        Pass(rig, 10);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, rig.Single(Opcode.TaskManagementResponse).Function);
        Assert.DoesNotContain(rig.Sent, pdu => pdu.Opcode == Opcode.ReadyToTransfer);
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    // The server looks at the clock each second.
    private static void Pass(SessionRig rig, int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            rig.Tick(TimeSpan.FromSeconds(1));
        }
    }

    private static void KeepAlive(SessionRig rig)
    {
        rig.Nop();
        rig.Take();
    }

    private void AssertWritten(SessionRig rig, uint itt, int length, bool nothingElse = true)
    {
        Assert.Equal(0, rig.Take().Single(pdu => pdu.EndsCommand).Response.Status);
        Assert.Equal(_data[..length], rig.Written[itt]);
        if (nothingElse)
        {
            rig.AssertNothingLeaksWhenAcknowledged();
        }
    }
}
