using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.InitiatorCore;

/// <summary>What a target may do, or does wrongly, and what the initiator then owes to it and to its callers.</summary>
public sealed class TargetsChoiceTests
{
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(1);

    [Fact]
    [Rule("7143/7.2.1")]
    public void Commands_that_are_begun_anew_keep_their_order()
    {
        InitiatorRig rig = new(level: 1);
        FakeInitiatorTask[] writes = [rig.Write(), rig.Write(), rig.Write()];
        for (int i = 0; i < writes.Length; i++)
        {
            writes[i].Lun = (ulong)i; // shows in the header which one it is
        }

        rig.Lose(rig.C0);
        rig.Sent.Clear();
        rig.Pass(TimeSpan.FromSeconds(2));
        rig.LogIn();

        Assert.Equal([0UL, 1UL, 2UL], rig.SentOf(Opcode.ScsiCommand).Select(static it => new BhsView(it.Bhs).Lun));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [Rule("logout/L51")]
    [Rule("7143/11.9.1")]
    public void The_time_that_the_target_names_counts_where_none_was_negotiated(int level)
    {
        InitiatorRig rig = new(level, parameters: new SessionParameters { DefaultTime2Wait = 0, DefaultTime2Retain = 20 });

        rig.Tell(rig.C0, AsyncEvent.ConnectionDrop, 0, 5, 20);

        rig.Pass(TimeSpan.FromSeconds(5) - _moment);
        Assert.Empty(rig.Connecting);
        rig.Pass(_moment);
        Assert.Single(rig.Connecting);
    }

    [Fact]
    [Rule("logout/L51")]
    [Rule("7143/11.9.1")]
    public void No_logout_goes_out_for_a_connection_before_the_time_that_the_target_names()
    {
        InitiatorRig rig = new(level: 2, connections: 2, parameters: new SessionParameters { DefaultTime2Wait = 0, DefaultTime2Retain = 20 });

        rig.Tell(rig.C0, AsyncEvent.ConnectionDrop, 1, 5, 20);

        rig.Pass(TimeSpan.FromSeconds(5) - _moment);
        Assert.Empty(rig.Logouts);
        rig.Pass(_moment);
        Assert.Single(rig.Logouts);
    }

    [Fact]
    [Rule("7143/11.7.2")]
    public void Data_is_acknowledged_while_the_target_waits_for_a_logout()
    {
        InitiatorRig rig = new(level: 1);
        FakeInitiatorTask read = rig.Read(8192);
        rig.Tell(rig.C0, AsyncEvent.LogoutRequest, parameter3: 20);

        rig.Receive(rig.C0, DataIn(read, 0, 0, acknowledge: true).Emit, new byte[4096], takesStatSN: false);

        _ = SnackRequest.Parse(new SnackRequestView(Assert.Single(rig.SentOf(Opcode.SnackRequest)).Bhs), out SnackRequest snack);
        Assert.Equal((SnackType.DataAck, 1u), (snack.Type, snack.BegRun));
    }

    [Fact]
    [Rule("7143/11.17.1")]
    public void A_command_that_the_target_has_already_goes_on_when_its_repetition_is_rejected()
    {
        InitiatorRig rig = new(level: 1) { ExpCmdSN = new Serial32(InitiatorRig.FirstCmdSN) };
        FakeInitiatorTask write = rig.Write(mayRepeat: false);
        PassUntilRepeated(rig);

        rig.Receive(rig.C0, Reject(RejectReason.TaskInProgress).Emit, rig.SentOf(Opcode.ScsiCommand)[^1].Bhs);
        Assert.Equal(RequestEnd.None, write.End);

        rig.ExpCmdSN = null;
        rig.Answer(write);
        Assert.Equal(RequestEnd.Answered, write.End);
    }

    [Theory]
    [InlineData(RejectReason.ProtocolError, true)]
    [InlineData(RejectReason.ProtocolError, false)]
    [Rule("7143/11.17.1")]
    public void It_is_not_said_of_a_command_that_it_has_not_run_when_only_its_repetition_was_rejected(RejectReason reason, bool repeated)
    {
        InitiatorRig rig = new(level: 1) { ExpCmdSN = new Serial32(InitiatorRig.FirstCmdSN) };
        FakeInitiatorTask write = rig.Write(mayRepeat: false);
        if (repeated)
        {
            PassUntilRepeated(rig);
        }

        rig.Receive(rig.C0, Reject(reason).Emit, rig.SentOf(Opcode.ScsiCommand)[^1].Bhs);

        Assert.Equal((RequestEnd.Rejected, repeated), (write.End, write.MayHaveRun));
    }

    [Fact]
    [Rule("7143/11.6.1")]
    public void A_refusal_to_abort_that_is_repeated_leads_to_a_new_session()
    {
        InitiatorRig rig = new(level: 2, connections: 2);
        FakeInitiatorTask write = rig.Write();
        rig.Do(session => session.Cancel(write, rig.Now, rig));
        RefuseAbort(rig);
        rig.Pass(TimeSpan.FromSeconds(2));
        rig.AnswerLogout();
        rig.Pass(TimeSpan.Zero);

        RefuseAbort(rig);

        Assert.Contains(rig.Notices, static it => it.Event == InitiatorEvent.SessionLost);
        Assert.Equal((RequestEnd.Aborted, true), (write.End, write.MayHaveRun));
    }

    [Fact]
    [Rule("7143/13.18")]
    public void A_read_whose_data_leaves_bytes_out_is_not_complete()
    {
        InitiatorRig rig = new();
        FakeInitiatorTask read = rig.Read(12288);
        InitiatorConnection connection = rig.C0;

        rig.Receive(connection, DataIn(read, 0, 0).Emit, new byte[4096], takesStatSN: false);
        rig.Receive(connection, DataIn(read, 1, 8192).Emit, new byte[4096], takesStatSN: false);

        Assert.Equal(RequestEnd.None, read.End);
        Assert.Contains(connection, rig.Closed.Select(static it => it.Connection));
    }

    [Fact]
    [Rule("7143/11.10")]
    public void A_connection_has_one_text_exchange_at_a_time()
    {
        InitiatorRig rig = new();
        Question first = new();
        Question second = new();
        rig.Do(session => session.Submit(first, rig.Now, rig));
        rig.Do(session => session.Submit(second, rig.Now, rig));
        rig.Tell(rig.C0, AsyncEvent.NegotiationRequest, parameter3: 10);
        Assert.Single(rig.SentOf(Opcode.TextRequest));

        AnswerText(rig);
        Assert.Equal((RequestEnd.Answered, 2), (first.End, rig.SentOf(Opcode.TextRequest).Count));
        AnswerText(rig);
        Assert.Equal(3, rig.SentOf(Opcode.TextRequest).Count);
        AnswerText(rig);

        Assert.Equal((RequestEnd.Answered, 3), (second.End, rig.SentOf(Opcode.TextRequest).Count));
    }

    [Fact]
    [Rule("7143/11.10")]
    public void A_text_exchange_that_waits_ends_with_the_session()
    {
        InitiatorRig rig = new();
        Question first = new();
        Question second = new();
        rig.Do(session => session.Submit(first, rig.Now, rig));
        rig.Do(session => session.Submit(second, rig.Now, rig));

        rig.Lose(rig.C0);

        Assert.Equal((RequestEnd.Lost, RequestEnd.Lost), (first.End, second.End));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1, 2)] // a target of RFC 3720 counts the R2T
    [Rule("7143/4.2.2.4")]
    [Rule("7143/11.4.8")]
    public void R2Ts_and_data_of_a_bidirectional_command_share_their_numbers(int level, uint expDataSN)
    {
        InitiatorRig rig = new(level, parameters: new SessionParameters { InitialR2T = true, ImmediateData = false });
        FakeInitiatorTask both = rig.Submit(new FakeInitiatorTask { DataOut = new byte[4096], DataIn = new byte[4096] });
        rig.AskForData(both);

        rig.Receive(rig.C0, DataIn(both, 1, 0).Emit, new byte[4096], takesStatSN: false);
        rig.Receive(rig.C0, new ScsiResponse(0, 0, both.InitiatorTaskTag, 0, new Serial32(expDataSN), ResidualFlags.None, 0, 0).Emit);

        Assert.Equal((RequestEnd.Answered, 4096), (both.End, both.DataInBytes));
        Assert.Empty(rig.SentOf(Opcode.SnackRequest));
    }

    [Fact]
    [Rule("7143/4.2.2.4")]
    public void Missing_data_of_a_bidirectional_command_is_asked_for_by_its_number()
    {
        InitiatorRig rig = new(1, parameters: new SessionParameters { InitialR2T = true, ImmediateData = false });
        FakeInitiatorTask both = rig.Submit(new FakeInitiatorTask { DataOut = new byte[4096], DataIn = new byte[8192] });
        rig.AskForData(both);
        rig.Receive(rig.C0, DataIn(both, 1, 0).Emit, new byte[4096], takesStatSN: false);

        rig.Receive(rig.C0, new ScsiResponse(0, 0, both.InitiatorTaskTag, 0, new Serial32(2), ResidualFlags.None, 0, 0).Emit);

        _ = SnackRequest.Parse(new SnackRequestView(Assert.Single(rig.SentOf(Opcode.SnackRequest)).Bhs), out SnackRequest snack);
        Assert.Equal((RequestEnd.None, 2u, 1u), (both.End, snack.BegRun, snack.RunLength));
    }

    private static void AnswerText(InitiatorRig rig)
    {
        (InitiatorConnection on, byte[] bhs) = rig.SentOf(Opcode.TextRequest)[^1];
        rig.Receive(on, new TextResponse(true, false, 0, new BhsView(bhs).InitiatorTaskTag, Bhs.ReservedTag).Emit);
    }

    private static DataIn DataIn(FakeInitiatorTask task, uint number, uint offset, bool acknowledge = false) =>
        new(false, acknowledge, false, ResidualFlags.None, 0, 0, task.InitiatorTaskTag, acknowledge ? 5 : Bhs.ReservedTag, new Serial32(number), offset, 0);

    private static Reject Reject(RejectReason reason) => new(reason, default);

    private static void PassUntilRepeated(InitiatorRig rig)
    {
        while (rig.SentOf(Opcode.ScsiCommand).Count == 1)
        {
            rig.Pass(TimeSpan.FromSeconds(1));
            foreach ((InitiatorConnection connection, byte[] bhs) in rig.SentOf(Opcode.NopOut))
            {
                rig.Receive(connection, new NopIn(0, new BhsView(bhs).InitiatorTaskTag, Bhs.ReservedTag).Emit);
            }
        }
    }

    private static void RefuseAbort(InitiatorRig rig)
    {
        (InitiatorConnection on, TaskManagementRequest abort) = rig.Functions[^1];
        Assert.Equal(TaskManagementFunction.AbortTask, abort.Function);
        uint tag = new BhsView(rig.SentOf(Opcode.TaskManagementRequest)[^1].Bhs).InitiatorTaskTag;
        rig.Receive(on, new TaskManagementResponse(TaskManagementResponseCode.LunDoesNotExist, tag).Emit);
    }

    private sealed class Question : InitiatorText
    {
        public Question() => Final = true;

        public override void Release()
        {
            // nobody waits for it
        }

        protected internal override bool OnResponse(in TextResponse response, ReadOnlySpan<byte> data) => false;
    }
}
