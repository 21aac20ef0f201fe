using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>
/// A target that takes a task for allegiant still to a connection that was logged out (TASK REASSIGN answered with 3, RFC 7143 §11.6.1 c): the recovery logout is sent once
/// more and the task reassigned then. When that does not help either, nobody can say what the target does with the task, and the session begins anew.
/// </content>
public sealed partial class InitiatorSession
{
    private void OnStillAllegiant(InitiatorTask task, InitiatorConnection carrier, TimeSpan now, IInitiatorEffects effects)
    {
        if (task.LogoutRepeated || !carrier.IsLoggedIn || _requests.IsFull)
        {
            LoseSession("the target does not let go of a task whose connection was logged out (RFC 7143 §11.6.1)", now, effects);
            return;
        }

        Attach(task, null);
        task.Place = TaskPlace.Unassigned;
        task.LogoutRepeated = true;
        task.ReassignAt = TimeSpan.MaxValue; // until that logout is answered
        if (FindRepeatedLogout(task.FormerCid) is null)
        {
            SendLogout(new InitiatorLogout(LogoutReason.RemoveConnectionForRecovery, null) { RepeatedCid = task.FormerCid }, carrier, now);
        }
    }

    private InitiatorLogout? FindRepeatedLogout(ushort cid)
    {
        for (int place = 0; place < _requests.Places; place++)
        {
            if (_requests.At(place) is InitiatorLogout { RepeatedCid: { } repeated } logout && repeated == cid)
            {
                return logout;
            }
        }

        return null;
    }

    /// <summary>The repeated logout is over, whatever came of it: TASK REASSIGN tells.</summary>
    private void OnRepeatedLogout(ushort cid, TimeSpan wait, TimeSpan now)
    {
        for (int place = 0; place < _requests.Places; place++)
        {
            if (_requests.At(place) is InitiatorTask { Place: TaskPlace.Unassigned, LogoutRepeated: true } task && task.FormerCid == cid && task.ReassignAt == TimeSpan.MaxValue)
            {
                task.ReassignAt = now + wait;
                WakeAt(task.ReassignAt);
            }
        }
    }
}
