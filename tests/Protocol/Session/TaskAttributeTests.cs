using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>The order that task attributes ask for, and what a window says when a status goes out.</summary>
public sealed class TaskAttributeTests
{
    private const byte Simple = 1, Ordered = 2, HeadOfQueue = 3;
    private readonly SessionRig _rig = new() { AutoComplete = false };

    [Fact]
    [Rule("7143/11.3.1")]
    public void An_ordered_command_waits_for_the_older_ones_and_the_younger_ones_wait_for_it()
    {
        uint first = Send(Simple);
        uint second = Send(Simple);
        uint ordered = Send(Ordered);
        uint younger = Send(Simple);
        Assert.Equal([first, second], Running());
        Complete(first);
        Assert.Equal([second], Running());
        Complete(second);
        Assert.Equal([ordered], Running());
        Complete(ordered);
        Assert.Equal([younger], Running());
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/11.3.1")]
    public void Head_of_queue_waits_for_nothing_and_another_unit_is_not_concerned()
    {
        uint first = Send(Simple);
        Send(Ordered);
        uint head = Send(HeadOfQueue);
        uint elsewhere = Send(Simple, SessionRig.Unit3);
        Assert.Equal([first, head, elsewhere], Running());
        _rig.CompleteAll();
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void An_ordered_command_that_is_aborted_lets_the_others_go()
    {
        uint first = Send(Simple);
        uint ordered = Send(Ordered);
        uint younger = Send(Simple);
        _rig.Manage(TaskManagementFunction.AbortTask, referenced: ordered, refCmdSN: _rig.CmdSN - 2);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Assert.Equal([first, younger], Running());
        _rig.CompleteAll();
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [Rule("7143/11.3.1")]
    public void A_reserved_attribute_is_rejected(byte attribute)
    {
        Send(attribute);
        Assert.Equal(RejectReason.InvalidPduField, _rig.TakeOne().Reject.Reason);
        Assert.Equal(SessionRig.FirstCmdSN, _rig.Session.Window.ExpCmdSN.Value);
    }

    [Fact]
    [Rule("7143/11.4.11")]
    public void A_status_opens_the_window_that_its_command_had_narrowed()
    {
        Send(Simple);
        _rig.CompleteAll();
        TargetNumbers numbers = _rig.TakeOne().Numbers;
        Assert.Equal((uint)_rig.Options.WindowDepth, numbers.MaxCmdSN - numbers.ExpCmdSN + 1);
    }

    [Fact]
    [Rule("7143/11.4.11")]
    public void With_a_window_of_one_command_follows_command()
    {
        SessionRig rig = new(options: new() { WindowDepth = 1 });
        for (int i = 0; i < 3; i++)
        {
            rig.Command(new FakeCdb());
            TargetNumbers numbers = rig.TakeOne().Numbers;
            Assert.Equal(numbers.ExpCmdSN, numbers.MaxCmdSN);
        }
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void A_function_finds_the_tasks_of_a_unit_under_the_other_spelling_of_its_lun()
    {
        uint itt = _rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = _rig.TakeOne().R2T.TargetTransferTag;
        _rig.Manage(TaskManagementFunction.AbortTaskSet, lun: 1UL << 62);
        Assert.Empty(_rig.Sent);
        _rig.DataOut(itt, ttt, 0, 0, new byte[4096], final: true);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.TakeOne().Function);
        Assert.Empty(_rig.Written);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void Functions_that_wait_are_bounded()
    {
        SessionRig rig = new(options: new() { WindowDepth = 16, MaxImmediateCommands = 4 }) { AutoComplete = false };
        for (int i = 0; i < 5; i++)
        {
            rig.Manage(TaskManagementFunction.AbortTaskSet, cmdSN: SessionRig.FirstCmdSN + 3);
        }

        Assert.Equal(RejectReason.ImmediateCommandReject, rig.TakeOne().Reject.Reason);
    }

    private uint Send(byte attribute, ulong lun = SessionRig.Unit0) => _rig.Command(new FakeCdb(), lun: lun, attribute: attribute);

    private List<uint> Running() => [.. _rig.Executing.Select(static task => task.InitiatorTaskTag)];

    private void Complete(uint itt) => _rig.CompleteTask(_rig.Executing.Find(task => task.InitiatorTaskTag == itt)!);
}
