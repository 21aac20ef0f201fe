using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>What comes while the data of a reassigned task is being read again (RFC 7143 §7.2.2).</summary>
public class ReassignRaceTests
{
    [Fact]
    [Rule("7143/7.11")]
    [Rule("7143/11.6.1")]
    public void ABORT_TASK_of_a_reassigned_task_is_answered_behind_the_last_of_it()
    {
        SessionRig rig = RecoveryRig.Of(2, new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = 0 });
        rig.AddConnection(1);
        uint read = rig.Command(new FakeCdb(Gives: 600), 600);
        rig.Lose(rig.Connection);
        rig.Connection = rig.Session.Connections.Single(connection => connection.Cid == 1);
        rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 0);
        rig.AutoComplete = false;
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, rig.Reassign(read).Function);
        rig.Take();
        uint abort = rig.Manage(TaskManagementFunction.AbortTask, referenced: read, refCmdSN: SessionRig.FirstCmdSN);
        rig.CompleteAll();
        List<SentPdu> sent = rig.Take();
        Assert.Equal(abort, sent[^1].Itt);
    }
}
