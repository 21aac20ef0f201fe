using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Goal: what the device server decides about the tasks of a task set is carried out (SAM-5 §5.6, §5.9). Method: a device server that decides as the test says.</summary>
public sealed class TaskSetTests
{
    private const byte Simple = 1, Ordered = 2, Aca = 4, TaskAborted = 0x40;

    private readonly SessionRig _rig = new() { AutoComplete = false };

    [Fact]
    [Rule("7143/11.3.1")]
    public void A_blocked_command_takes_its_data_and_waits_with_it()
    {
        _rig.Allegiances.Add(SessionRig.Unit0);
        byte[] data = SessionRig.Bytes(4096);
        uint itt = _rig.Command(new FakeCdb(Takes: 4096) { Inline = true }, 4096);
        uint ttt = _rig.TakeOne().R2T.TargetTransferTag;
        _rig.DataOut(itt, ttt, 0, 0, data, final: true);
        uint elsewhere = _rig.Command(new FakeCdb(), lun: SessionRig.Unit3);
        Assert.Equal([elsewhere], Running());
        _rig.CompleteAll();
        _rig.AutoComplete = true;
        Release();
        Assert.Equal(data, _rig.Written[itt]);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void Data_that_came_with_a_blocked_command_does_not_stay_in_the_receive_buffer()
    {
        _rig.Allegiances.Add(SessionRig.Unit0);
        byte[] data = SessionRig.Bytes(512);
        uint itt = _rig.Command(new FakeCdb(Takes: 512) { Inline = true }, 512, data);
        Assert.Empty(_rig.Written);
        Release();
        Assert.Equal(data, _rig.Written[itt]);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_command_that_runs_when_it_is_blocked_ends_when_it_is_not_any_more()
    {
        uint itt = _rig.Command(new FakeCdb(Gives: 512), 512);
        _rig.Allegiances.Add(SessionRig.Unit0);
        _rig.CompleteTask(itt);
        Assert.Empty(_rig.Take());
        Release();
        Assert.Equal((itt, 512), (_rig.Sent[0].Itt, _rig.Sent[0].Data.Length));
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_blocked_command_can_be_aborted(bool done)
    {
        uint itt = 0;
        if (done)
        {
            itt = _rig.Command(new FakeCdb(Gives: 512), 512);
        }

        _rig.Allegiances.Add(SessionRig.Unit0);
        itt = done ? itt : _rig.Command(new FakeCdb(Gives: 512), 512);
        if (done)
        {
            _rig.CompleteTask(itt);
        }

        _rig.Manage(TaskManagementFunction.AbortTask, referenced: itt, refCmdSN: SessionRig.FirstCmdSN);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Release();
        Assert.Empty(_rig.Sent);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_command_with_the_ACA_attribute_passes_blocked_and_ordered_ones()
    {
        uint first = _rig.Command(new FakeCdb());
        _rig.Command(new FakeCdb(), attribute: Ordered);
        _rig.Allegiances.Add(SessionRig.Unit0);
        uint aca = _rig.Command(new FakeCdb(), attribute: Aca);
        Assert.Equal([first, aca], Running());
        _rig.CompleteTask(aca);
        Assert.Equal((aca, (byte)0), Assert.Single(_rig.EndedWith)); // it is told of though it went well: the next may come
        Assert.Equal(aca, _rig.TakeOne().Itt);
        _rig.CompleteTask(first);
        Assert.Empty(_rig.Take());
        Release();
        Assert.Equal(first, _rig.TakeOne().Itt);
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void CLEAR_ACA_ends_the_command_with_the_ACA_attribute_and_lets_the_others_go()
    {
        _rig.Allegiances.Add(SessionRig.Unit0);
        uint blocked = _rig.Command(new FakeCdb());
        uint aca = _rig.Command(new FakeCdb(), attribute: Aca);
        _rig.Manage(TaskManagementFunction.ClearAca);
        Assert.Equal([aca, blocked], Running());
        Assert.Empty(_rig.Sent);
        _rig.CompleteTask(aca);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.CompleteAll();
        Assert.Equal(blocked, _rig.TakeOne().Itt);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void Only_an_end_that_is_not_good_is_told_to_the_device_server_and_once()
    {
        _rig.AutoComplete = true;
        _rig.Command(new FakeCdb());
        uint refused = _rig.Command(new FakeCdb() { Refused = true });
        uint failed = _rig.Command(new FakeCdb() { Fails = true });
        Assert.Equal([(refused, (byte)2), (failed, (byte)2)], _rig.EndedWith);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_failure_ends_the_other_tasks_of_the_unit_where_the_device_server_says_so(int level)
    {
        SessionRig rig = new(SessionParameters.Default with { ErrorRecoveryLevel = level }) { AutoComplete = false, WhenEnded = static task => task.Status == 2 };
        uint failing = rig.Command(new FakeCdb() { Fails = true });
        uint running = rig.Command(new FakeCdb());
        uint writing = rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ordered = rig.Command(new FakeCdb(), attribute: Ordered);
        uint elsewhere = rig.Command(new FakeCdb(), lun: SessionRig.Unit3);
        rig.Take();
        rig.CompleteTask(failing);
        SessionRig.AssertSense(rig.TakeOne(), 3, 0x11, 0);
        Assert.Equal([running, elsewhere], rig.Executing.Select(static task => task.InitiatorTaskTag));
        Assert.Equal([true, false], rig.Executing.Select(static task => task.Cancelled));
        rig.CompleteAll();
        Assert.DoesNotContain(rig.Take(), pdu => pdu.EndsCommand && (pdu.Itt == running || pdu.Itt == writing || pdu.Itt == ordered));
        rig.Nop();
        rig.AssertNothingLeaks();
    }

    [Fact]
    public void Tasks_that_another_session_ends_are_answered_where_TAS_says_so()
    {
        SessionRig by = Other();
        uint running = _rig.Command(new FakeCdb(Gives: 512), 512);
        uint ordered = _rig.Command(new FakeCdb(), attribute: Ordered);
        uint writing = _rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = _rig.TakeOne().R2T.TargetTransferTag;
        by.Manage(TaskManagementFunction.ClearTaskSet);
        Assert.Equal((ordered, TaskAborted), Status(_rig.TakeOne()));
        Assert.Empty(by.Take()); // what works on the disk has not ended
        _rig.CompleteTask(running);
        Assert.Equal((running, TaskAborted), Status(_rig.TakeOne()));
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, by.TakeOne().Function);
        _rig.DataOut(writing, ttt, 0, 0, new byte[4096], final: true);
        Assert.Equal((writing, TaskAborted), Status(_rig.TakeOne()));
        Assert.Empty(_rig.Written);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_blocked_task_is_answered_too()
    {
        SessionRig by = Other();
        _rig.Allegiances.Add(SessionRig.Unit0);
        uint blocked = _rig.Command(new FakeCdb());
        by.Manage(TaskManagementFunction.LogicalUnitReset);
        Assert.Equal((blocked, TaskAborted), Status(_rig.TakeOne()));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.3.4")]
    public void With_FastAbort_the_message_tells_and_no_status_follows()
    {
        SessionRig rig = new(SessionParameters.Default with { TaskReporting = TaskReporting.FastAbort }) { AutoComplete = false };
        SessionRig by = Other(rig);
        uint running = rig.Command(new FakeCdb());
        by.Manage(TaskManagementFunction.ClearTaskSet);
        Assert.Equal(Opcode.AsyncMessage, rig.Take()[0].Opcode);
        rig.CompleteTask(running);
        Assert.DoesNotContain(rig.Take(), static pdu => pdu.EndsCommand);
    }

    [Fact]
    public void A_command_may_end_the_others_of_its_own_session()
    {
        CountWait wait = new();
        uint own = _rig.Command(new FakeCdb());
        uint other = _rig.Command(new FakeCdb());
        _rig.Do(session => session.EndOwnTasksFor(wait, SessionRig.FlatUnit3 ^ SessionRig.Unit3, task => task.InitiatorTaskTag == own, _rig));
        Assert.Equal([false, true], _rig.Executing.Select(static task => task.Cancelled));
        _rig.CompleteTask(other);
        _rig.CompleteTask(own);
        Assert.Equal(own, Assert.Single(_rig.Take(), static pdu => pdu.EndsCommand).Itt);
        Assert.True(wait.Release());
        _rig.AssertNothingLeaks();
    }

    private SessionRig Other(SessionRig? victim = null)
    {
        SessionRig by = new(tsih: 6);
        by.Others.Add(victim ?? _rig);
        (victim ?? _rig).AnsweringAborted.Add(SessionRig.Unit0);
        return by;
    }

    private static (uint Itt, byte Status) Status(SentPdu pdu) => (pdu.Itt, pdu.Response.Status);

    private List<uint> Running() => [.. _rig.Executing.Select(static task => task.InitiatorTaskTag)];

    private void Release()
    {
        _rig.Allegiances.Clear();
        _rig.Do(session => session.GoOn(_rig));
    }

    private sealed class CountWait : EndWait
    {
        public override TargetConnection? AnswersOn => null;
    }
}
