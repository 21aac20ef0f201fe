using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>The memory that the tasks of one session hold at once is bounded; tasks wait, and go on in their order.</summary>
public class DataBudgetTests
{
    private readonly SessionRig _rig = new(options: new TargetSessionOptions { WindowDepth = 16, DataBudgetBytes = 10_000 }) { AutoComplete = false };

    [Fact]
    public void A_task_that_does_not_fit_waits_until_another_has_gone()
    {
        uint first = _rig.Command(new FakeCdb(Gives: 8000), 8000);
        uint second = _rig.Command(new FakeCdb(Gives: 8000), 8000);
        Assert.Equal([first], Tags());
        Assert.Equal(8000, _rig.Session.DataBytes);
        _rig.CompleteTask(first);
        Assert.Equal([second], Tags());
        _rig.CompleteTask(second);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void Data_counts_until_it_has_been_sent()
    {
        uint first = _rig.Command(new FakeCdb(Gives: 8000), 8000);
        _rig.Command(new FakeCdb(Gives: 8000), 8000);
        _rig.HoldSends = true;
        _rig.CompleteTask(first);
        Assert.Empty(_rig.Executing);
        Assert.Equal(8000, _rig.Session.DataBytes);
        _rig.Flush();
        Assert.Single(_rig.Executing);
        _rig.HoldSends = false;
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void What_is_never_sent_is_given_back()
    {
        uint first = _rig.Command(new FakeCdb(Gives: 8000), 8000);
        _rig.HoldSends = true;
        _rig.CompleteTask(first);
        _rig.LoseForGood(_rig.Connection, "gone");
        _rig.Do(session => session.DropOutgoing(_rig.Connection, _rig));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void Lent_data_counts_until_it_is_sent_because_its_PDUs_cost_memory_too()
    {
        uint first = _rig.Command(new FakeCdb(Gives: 8000) { Lent = true }, 8000);
        _rig.HoldSends = true;
        _rig.CompleteTask(first);
        Assert.Equal(8000, _rig.Session.DataBytes);
        _rig.HoldSends = false;
        _rig.Flush();
        Assert.Equal(0, _rig.Session.DataBytes);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void When_memory_is_tight_a_second_write_is_turned_away_and_holds_nothing()
    {
        _rig.AutoComplete = false;
        _rig.MemoryIsTight = true;
        uint first = _rig.Command(new FakeCdb(Takes: 100), 100, new byte[100]);
        uint second = _rig.Command(new FakeCdb(Takes: 100), 100, new byte[100]);
        SentPdu full = _rig.TakeOne();
        Assert.Equal((second, (byte)0x28), (full.Itt, full.Response.Status));
        Assert.Equal(first, Assert.Single(_rig.Executing).InitiatorTaskTag);
        _rig.CompleteAll();
        _rig.Take();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void When_memory_is_tight_a_held_write_keeps_no_data_and_is_turned_away_in_its_turn()
    {
        _rig.MemoryIsTight = true;
        uint cmdSN = _rig.CmdSN;
        uint held = _rig.Command(new FakeCdb(Takes: 100), 100, new byte[100], cmdSN: cmdSN + 1);
        Assert.Equal(0, _rig.Rented);
        _rig.Nop(immediate: false, cmdSN: cmdSN);
        SentPdu full = _rig.Take().Single(pdu => pdu.Opcode == Opcode.ScsiResponse);
        Assert.Equal((held, (byte)0x28), (full.Itt, full.Response.Status));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_task_larger_than_the_whole_budget_runs_alone()
    {
        uint small = _rig.Command(new FakeCdb(Gives: 100), 100);
        uint huge = _rig.Command(new FakeCdb(Gives: 50_000), 50_000);
        uint after = _rig.Command(new FakeCdb(Gives: 100), 100);
        Assert.Equal([small], Tags());
        _rig.CompleteTask(small);
        Assert.Equal([huge], Tags());
        _rig.CompleteTask(huge);
        Assert.Equal([after], Tags());
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void While_the_server_is_short_of_memory_one_task_with_data_runs_at_a_time()
    {
        _rig.MemoryIsTight = true;
        uint first = _rig.Command(new FakeCdb(Gives: 10), 10);
        uint second = _rig.Command(new FakeCdb(Gives: 10), 10);
        Assert.Equal([first], Tags());
        _rig.CompleteTask(first);
        Assert.Equal([second], Tags());
        _rig.CompleteTask(second);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.5.2")]
    public void A_waiting_write_keeps_its_unsolicited_data_and_asks_for_the_rest_later()
    {
        uint first = _rig.Command(new FakeCdb(Gives: 9000), 9000);
        byte[] data = SessionRig.Bytes(9000);
        uint write = _rig.Command(new FakeCdb(Takes: 9000), 9000, data[..1000]);
        Assert.Empty(_rig.Sent);
        _rig.CompleteTask(first);
        ReadyToTransfer r2t = _rig.Take()[^1].R2T;
        Assert.Equal((1000u, 8000u), (r2t.BufferOffset, r2t.DesiredDataTransferLength));
        _rig.DataOut(write, r2t.TargetTransferTag, 0, 1000, data[1000..], final: true);
        _rig.CompleteTask(write);
        Assert.Equal(data, _rig.Written[write]);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void A_waiting_task_can_be_aborted_and_those_behind_it_go_on()
    {
        uint first = _rig.Command(new FakeCdb(Gives: 8000), 8000);
        uint aborted = _rig.Command(new FakeCdb(Takes: 8000), 8000, new byte[3000]);
        uint behind = _rig.Command(new FakeCdb(Gives: 5000), 5000);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: aborted, refCmdSN: 101);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        _rig.CompleteTask(first);
        Assert.Equal([behind], Tags());
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_refused_command_behind_a_waiting_one_does_not_wait()
    {
        _rig.Command(new FakeCdb(Gives: 8000), 8000);
        _rig.Command(new FakeCdb(Gives: 8000), 8000);
        uint refused = _rig.Command(new FakeCdb { Refused = true });
        Assert.Equal(refused, _rig.TakeOne().Itt);
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_connection_that_goes_leaves_nothing_waiting()
    {
        for (int i = 0; i < 5; i++)
        {
            _rig.Command(new FakeCdb(Takes: 8000), 8000, new byte[1000]);
        }

        _rig.LoseForGood(_rig.Connection, "gone");
        _rig.AssertNothingLeaks();
    }

    private IEnumerable<uint> Tags() => _rig.Executing.Select(task => task.InitiatorTaskTag);
}
