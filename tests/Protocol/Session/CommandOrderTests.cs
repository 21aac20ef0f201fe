using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Which commands are taken, in which order, and what becomes of the others.</summary>
public class CommandOrderTests
{
    private const byte Ordered = 2, HeadOfQueue = 3;

    private static readonly FakeCdb _nothing = new();

    private readonly SessionRig _rig = new();

    [Fact]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.1#12")]
    [Rule("7143/4.2.2.1#15")]
    public void A_command_is_answered_and_counts()
    {
        uint itt = _rig.Command(_nothing);
        SentPdu pdu = _rig.TakeOne();
        Assert.Equal(itt, pdu.Response.InitiatorTaskTag);
        Assert.Equal(0, pdu.Response.Status);
        Assert.Equal(SessionRig.FirstCmdSN + 1, pdu.Numbers.ExpCmdSN.Value);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.1#6")]
    public void Commands_behind_a_hole_wait_and_run_in_order()
    {
        uint third = _rig.Command(_nothing, cmdSN: 102);
        uint second = _rig.Command(_nothing, cmdSN: 101);
        Assert.Empty(_rig.Delivered);
        uint first = _rig.Command(_nothing, cmdSN: 100);
        Assert.Equal([first, second, third], _rig.Delivered);
        Assert.Equal([first, second, third], _rig.Take().Select(pdu => pdu.Itt));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.1#2")]
    public void An_immediate_command_overtakes_and_takes_no_number()
    {
        _rig.Command(_nothing, cmdSN: 101);
        uint itt = _rig.Command(_nothing, immediate: true, cmdSN: 102);
        SentPdu pdu = _rig.TakeOne();
        Assert.Equal(itt, pdu.Itt);
        Assert.Equal(SessionRig.FirstCmdSN, pdu.Numbers.ExpCmdSN.Value);
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.1#11")]
    public void A_number_outside_the_window_is_met_with_silence()
    {
        _rig.Command(_nothing, cmdSN: 100 + 16);
        _rig.Command(_nothing, cmdSN: 99);
        Assert.Empty(_rig.Sent);
        Assert.Empty(_rig.Delivered);
        Assert.Equal(2, _rig.Notes.Count);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.1#10")]
    public void The_window_closes_while_commands_run_and_immediate_ones_still_work()
    {
        _rig.AutoComplete = false;
        for (int i = 0; i < 16; i++)
        {
            _rig.Command(_nothing);
        }

        _rig.Command(_nothing, cmdSN: 116);
        Assert.Equal(16, _rig.Executing.Count);
        _rig.Nop();
        SentPdu pong = _rig.TakeOne();
        Assert.Equal(pong.Numbers.ExpCmdSN - 1, pong.Numbers.MaxCmdSN);
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void A_retry_of_a_running_command_is_ignored()
    {
        _rig.AutoComplete = false;
        uint itt = _rig.Command(_nothing, cmdSN: 100);
        _rig.Command(_nothing, tag: itt, cmdSN: 100);
        Assert.Empty(_rig.Sent);
        Assert.Single(_rig.Executing);
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [Rule("7143/11.17.1")]
    [Rule("7143/7.3")]
    [Rule("7143/4.2.2.1#13")]
    public void A_task_tag_in_use_is_rejected_and_the_number_stays_missing(bool firstImmediate, bool secondImmediate)
    {
        _rig.AutoComplete = false;
        uint itt = _rig.Command(_nothing, immediate: firstImmediate);
        _rig.Command(_nothing, immediate: secondImmediate, tag: itt);
        Assert.Equal(RejectReason.TaskInProgress, _rig.TakeOne().Reject.Reason);
        Assert.Equal(SessionRig.FirstCmdSN + (firstImmediate ? 0u : 1u), _rig.Session.Window.ExpCmdSN.Value);
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.17.1")]
    public void Too_many_immediate_commands_are_rejected()
    {
        SessionRig rig = new(options: new TargetSessionOptions { WindowDepth = 16, MaxImmediateCommands = 2 }) { AutoComplete = false };
        rig.Command(_nothing, immediate: true);
        rig.Command(_nothing, immediate: true);
        rig.Command(_nothing, immediate: true);
        Assert.Equal(RejectReason.ImmediateCommandReject, rig.TakeOne().Reject.Reason);
        rig.CompleteTask(rig.Executing[0]);
        rig.Command(_nothing, immediate: true);
        Assert.Equal(2, rig.Executing.Count);
        rig.CompleteAll();
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.2.2.3")]
    public void An_extended_cdb_arrives_whole()
    {
        byte[] cdb = SessionRig.Bytes(40);
        cdb[1] = 0;
        cdb.AsSpan(2, 8).Clear();
        byte[] ahs = new byte[256];
        AhsWriter writer = new(ahs);
        writer.AppendExtendedCdb(cdb);
        ScsiCommand command = new(false, true, false, false, 1, 0, _rig.NewTag(), 0, Cdb16.From(cdb));
        byte[] header = [.. _rig.Header(command.Emit, _rig.CmdSN++), .. ahs[..writer.LengthBytes]];
        Bhs.SetLengths(header, writer.LengthBytes, 0);
        _rig.AutoComplete = false;
        DataSegment none = default;
        _rig.Finish(header, none);
        Assert.Equal(cdb, Assert.Single(_rig.Executing).Cdb.ToArray());
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.2.2.1")]
    [Rule("7143/7.3")]
    [Rule("7143/7.3#2")]
    public void An_unknown_ahs_is_rejected_and_the_number_stays_missing()
    {
        ScsiCommand command = new(false, true, false, false, 1, 0, _rig.NewTag(), 0, _nothing.ToCdb());
        byte[] header = [.. _rig.Header(command.Emit, _rig.CmdSN++), 0, 5, 9, 0, 0, 0, 0, 0];
        Bhs.SetLengths(header, 8, 0);
        DataSegment none = default;
        _rig.Finish(header, none);
        byte[] copy = [.. header];
        SentPdu reject = _rig.TakeOne();
        Assert.Equal(RejectReason.CommandNotSupported, reject.Reject.Reason);
        Assert.Equal(copy, reject.Data); // with its AHS
        _rig.Command(_nothing, cmdSN: SessionRig.FirstCmdSN);
        Assert.Equal(0, _rig.TakeOne().Response.Status);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.3.1")]
    [Rule("7143/7.3")]
    [Rule("7143/7.3#2")]
    public void A_command_that_breaks_a_rule_behind_a_hole_is_rejected_and_leaves_another_hole()
    {
        // Data is expected, and neither R nor W says in which direction.
        _rig.Command(_nothing, expected: 512, read: false, write: false, cmdSN: 101);
        Assert.Equal(RejectReason.InvalidPduField, _rig.TakeOne().Reject.Reason);
        _rig.Command(_nothing, cmdSN: 100);
        Assert.Equal(101u, _rig.TakeOne().Numbers.ExpCmdSN.Value);
        _rig.Command(_nothing, cmdSN: 101);
        Assert.Equal(102u, _rig.TakeOne().Numbers.ExpCmdSN.Value);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.17.4")]
    public void A_reject_carries_the_header_of_what_it_rejects()
    {
        ScsiCommand command = new(false, true, false, false, 1, 0, 77, 512, _nothing.ToCdb());
        byte[] header = _rig.Header(command.Emit, _rig.CmdSN++);
        byte[] copy = [.. header];
        _rig.Receive(header);
        Assert.Equal(copy, _rig.TakeOne().Data);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/7.8")]
    [Rule("7143/7.8#2")]
    public void A_command_with_a_data_digest_error_is_rejected_as_if_it_had_not_come()
    {
        uint itt = _rig.Command(new FakeCdb(Takes: 512), 512, new byte[512], digestError: true, cmdSN: 100);
        Assert.Equal(RejectReason.DataDigestError, _rig.TakeOne().Reject.Reason);
        Assert.Equal(100u, _rig.Session.Window.ExpCmdSN.Value);
        _rig.Command(new FakeCdb(Takes: 512), 512, SessionRig.Bytes(512), tag: itt, cmdSN: 100);
        Assert.Equal(0, _rig.TakeOne().Response.Status);
        Assert.Equal(SessionRig.Bytes(512), _rig.Written[itt]);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.2")]
    public void ExpStatSN_acknowledges_and_never_goes_back()
    {
        _rig.Command(_nothing);
        _rig.Command(_nothing);
        Assert.Equal(SessionRig.FirstStatSN + 1, _rig.Connection.AcknowledgedStatSN.Value);
        byte[] header = _rig.Header(new NopOut(true, 0, Bhs.ReservedTag, Bhs.ReservedTag).Emit, _rig.CmdSN);
        new InitiatorNumbers(new Serial32(_rig.CmdSN), new Serial32(SessionRig.FirstStatSN + 9)).Write(header);
        _rig.Receive(header);
        Assert.Equal(SessionRig.FirstStatSN + 1, _rig.Connection.AcknowledgedStatSN.Value);
        _rig.Nop();
        Assert.Equal(SessionRig.FirstStatSN + 2, _rig.Connection.AcknowledgedStatSN.Value);
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    [Rule("7143/4.2.2.1#9")]
    public void Numbers_wrap()
    {
        SessionRig rig = new(firstCmdSN: 0xFFFF_FFFE);
        for (int i = 0; i < 5; i++)
        {
            rig.Command(_nothing);
        }

        Assert.Equal(3u, rig.Take()[^1].Numbers.ExpCmdSN.Value);
        rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.3")]
    [Rule("7143/7.3")]
    public void A_discovery_session_takes_text_and_logout_only()
    {
        SessionRig rig = new(type: SessionType.Discovery);
        rig.Command(_nothing, cmdSN: 100);
        rig.Manage(TaskManagementFunction.AbortTaskSet, immediate: false, cmdSN: 100);
        rig.Nop(immediate: false, cmdSN: 100);
        List<SentPdu> sent = rig.Take();
        Assert.Equal(3, sent.Count);
        Assert.All(sent, pdu => Assert.Equal(RejectReason.CommandNotSupported, pdu.Reject.Reason));
        Assert.Equal(SessionRig.FirstCmdSN, rig.Session.Window.ExpCmdSN.Value);
        rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    [Rule("7143/11.3.1")]
    public void A_reserved_task_attribute_is_rejected(byte attribute)
    {
        _rig.Command(_nothing, attribute: attribute);
        Assert.Equal(RejectReason.InvalidPduField, _rig.TakeOne().Reject.Reason);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.3.1")]
    public void An_ordered_command_waits_for_all_before_it_and_holds_all_behind_it_on_its_unit()
    {
        _rig.AutoComplete = false;
        uint[] tags =
        [
            _rig.Command(_nothing), _rig.Command(_nothing), _rig.Command(_nothing, attribute: Ordered), _rig.Command(_nothing),
            _rig.Command(_nothing, attribute: HeadOfQueue), _rig.Command(_nothing, lun: SessionRig.Unit3),
        ];
        Assert.Equal([tags[0], tags[1], tags[4], tags[5]], Executing());
        _rig.CompleteTask(tags[0]);
        _rig.CompleteTask(tags[4]);
        Assert.Equal([tags[1], tags[5]], Executing());
        _rig.CompleteTask(tags[1]);
        Assert.Equal([tags[5], tags[2]], Executing());
        _rig.CompleteTask(tags[2]);
        Assert.Equal([tags[5], tags[3]], Executing());
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.3.1")]
    public void Commands_that_wait_behind_an_ordered_one_do_not_begin_when_they_are_aborted_together()
    {
        _rig.AutoComplete = false;
        _rig.Command(new FakeCdb(Takes: 512), 512, attribute: Ordered); // waits for its data
        byte[] data = SessionRig.Bytes(512);
        _rig.Command(new FakeCdb(Takes: 512) { Inline = true }, 512, data);
        _rig.Command(_nothing);
        _rig.Take();
        _rig.LoseForGood(_rig.Connection, "gone");
        Assert.Empty(_rig.Executing);
        Assert.Empty(_rig.Written);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.3.1")]
    public void Data_that_came_with_a_command_is_kept_while_it_waits_behind_an_ordered_one()
    {
        _rig.AutoComplete = false;
        uint ordered = _rig.Command(_nothing, attribute: Ordered);
        uint write = _rig.Command(new FakeCdb(Takes: 512) { Inline = true }, 512, SessionRig.Bytes(512));
        Assert.Equal([ordered], Executing());
        _rig.CompleteTask(ordered);
        Assert.Equal(SessionRig.Bytes(512), _rig.Written[write]);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/6.3.4")]
    [Rule("7143/E.1#24")]
    [Rule("7143/E.1#18")]
    public void A_reinstated_connection_sends_again_what_was_not_acknowledged()
    {
        uint behind = _rig.Command(_nothing, cmdSN: 101);
        _rig.Nop(immediate: false, cmdSN: 102);
        _rig.Reinstate(0);
        Assert.Equal(CloseKind.Now, Assert.Single(_rig.Closed).Kind);
        Assert.Null(_rig.EndedWhy);
        _rig.Connection = _rig.AddConnection(0);
        uint first = _rig.Command(_nothing, cmdSN: 100);
        _rig.Command(_nothing, tag: behind, cmdSN: 101);
        uint pong = _rig.Nop(immediate: false, cmdSN: 102);
        Assert.Equal([first, behind, pong], _rig.Take().Select(pdu => pdu.Itt));
        Assert.Equal([first, behind], _rig.Delivered);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/6.3.4")]
    [Rule("logout/L42")]
    [Rule("7143/E.1#10")]
    public void Reinstatement_ends_running_tasks_without_a_word_and_goes_on_numbering()
    {
        _rig.AutoComplete = false;
        _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.Command(new FakeCdb(Takes: 4096), 4096);
        _rig.Take();
        TargetConnection old = _rig.Connection;
        _rig.Reinstate(0);
        Assert.True(Assert.Single(_rig.Executing).Cancelled);
        _rig.Connection = _rig.AddConnection(0);
        _rig.LoseForGood(old, "gone");
        Assert.Null(_rig.EndedWhy);
        Assert.Empty(_rig.EndedByTransport);
        _rig.CompleteAll();
        Assert.Equal([SessionRig.Unit0], _rig.EndedByTransport); // once the device has let go of them
        Assert.DoesNotContain(_rig.Take(), pdu => pdu.EndsCommand);
        _rig.AutoComplete = true;
        _rig.Command(_nothing);
        Assert.Equal(103u, _rig.TakeOne().Numbers.ExpCmdSN.Value);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void The_session_ends_with_its_last_connection_and_leaves_nothing()
    {
        _rig.AutoComplete = false;
        _rig.Command(new FakeCdb(Gives: 4096), 4096);
        _rig.Command(new FakeCdb(Takes: 4096), 4096, new byte[1000]);
        _rig.Command(new FakeCdb(Takes: 4096), 4096, new byte[1000], cmdSN: 110);
        _rig.LoseForGood(_rig.Connection, "reset");
        Assert.Equal("reset", _rig.EndedWhy);
        _rig.CompleteAll();
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.EndsCommand);
        _rig.AssertNothingLeaks();
    }

    private IEnumerable<uint> Executing() => _rig.Executing.Select(task => task.InitiatorTaskTag);
}
