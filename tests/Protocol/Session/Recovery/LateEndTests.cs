using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>
/// Tasks that have ended for the session while the device still works for them: an initiator that hears of their end sends its writes anew, and an old one must not come
/// behind those.
/// </summary>
public class LateEndTests
{
    private readonly SessionRig _rig = RecoveryRig.Of(level: 2, new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = 0 });
    private readonly TargetConnection _first;
    private readonly TargetConnection _second;

    public LateEndTests()
    {
        _rig.AutoComplete = false;
        _first = _rig.Connection;
        _second = _rig.AddConnection(1);
        _rig.Connection = _second;
    }

    [Fact]
    [Rule("logout/L31")]
    [Rule("7143/7.2.2")]
    public void That_a_task_was_not_kept_is_told_when_the_device_has_let_go_of_it()
    {
        uint write = _rig.Command(new FakeCdb());
        LogOutSecond();
        _rig.Tick(_rig.Retention);
        uint tag = _rig.Manage(TaskManagementFunction.TaskReassign, referenced: write);
        Assert.Empty(_rig.Take());
        _rig.CompleteTask(write);
        SentPdu response = _rig.TakeOne();
        Assert.Equal((tag, TaskManagementResponseCode.TaskDoesNotExist), (response.Itt, response.Function));
        _rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("logout/L24")]
    [Rule("logout/L32")]
    public void That_a_connection_is_not_there_any_more_is_told_when_the_device_has_let_go_of_its_tasks()
    {
        uint write = _rig.Command(new FakeCdb());
        _rig.Lose(_second);
        _rig.Connection = _first;
        _rig.Tick(_rig.Retention);
        _rig.Take();
        uint tag = _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        Assert.Empty(_rig.Take());
        _rig.CompleteTask(write);
        SentPdu response = _rig.TakeOne();
        Assert.Equal((tag, LogoutResponseCode.CidNotFound), (response.Itt, response.Logout.Response));
        _rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("logout/L27")]
    public void When_that_takes_too_long_the_logout_has_failed_and_can_be_repeated()
    {
        uint write = _rig.Command(new FakeCdb());
        _rig.Lose(_second);
        _rig.Connection = _first;
        _rig.Tick(_rig.Retention);
        _rig.Take();
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        _rig.Tick(_rig.Options.DrainTimeout + TimeSpan.FromTicks(1));
        Assert.Equal(LogoutResponseCode.CleanupFailed, _rig.TakeOne().Logout.Response);
        _rig.LogOut(LogoutReason.CloseConnection, cid: 1);
        _rig.CompleteTask(write);
        Assert.Equal(LogoutResponseCode.CidNotFound, _rig.TakeOne().Logout.Response);
        _rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/7.1.3")]
    public void A_task_that_is_ended_while_its_data_is_read_again_goes_when_the_device_has_let_go_of_it()
    {
        uint read = _rig.Command(new FakeCdb(Gives: 800), 800);
        _rig.Lose(_second);
        _rig.CompleteTask(read);
        LogOutSecond();
        _rig.Reassign(read);
        _rig.Take();
        uint tag = _rig.LogOut(LogoutReason.CloseConnection, cid: 0);
        Assert.Empty(_rig.Take());
        _rig.CompleteTask(read);
        Assert.Equal(tag, _rig.TakeOne().Itt);
        _rig.AssertNothingLeaks(windowOpen: false);
    }

    [Fact]
    [Rule("7143/7.2.2")]
    [Rule("7143/11.6.1")]
    public void A_function_is_answered_behind_the_status_of_a_reassigned_task_whose_data_is_read_again()
    {
        uint read = _rig.Command(new FakeCdb(Gives: 800), 800);
        _rig.CompleteTask(read);
        _rig.Take();
        LogOutSecond();
        _rig.Reassign(read);
        _rig.Take();
        uint tag = _rig.Manage(TaskManagementFunction.LogicalUnitReset);
        Assert.Empty(_rig.Take());
        _rig.CompleteTask(read);
        Assert.Equal([read, read, read, tag], _rig.Take().Select(pdu => pdu.Itt));
        _rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/6.3.6")]
    public void A_session_that_fails_waits_for_a_login_that_was_let_in_before()
    {
        _rig.Do(session => session.BeginJoin(7, _rig.Now, _rig));
        _rig.Lose(_first);
        _rig.Lose(_second);
        _rig.Tick(_rig.Retention);
        Assert.False(_rig.Session.Ended);
        _rig.Do(session => session.FailJoin(7, _rig.Now, _rig));
        Assert.True(_rig.Session.Ended);
    }

    // The second connection is logged out for recovery by the first, which goes on.
    private void LogOutSecond()
    {
        _rig.Connection = _first;
        _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 1);
        Assert.Equal(LogoutResponseCode.Closed, _rig.Take()[^1].Logout.Response);
    }
}
