using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>I_T NEXUS RESET (RFC 7144 §6.3, §6.5): every task of the session ends, then the session itself, with all its connections and its nexus.</content>
public sealed partial class TargetSession
{
    // It is being carried out: only data that was asked for is still taken.
    private bool _resettingNexus;

    // RFC 7144 §6.5: the steps are those of RFC 7143 §4.2.3.3, so outstanding R2Ts are still answered, or those of §4.2.3.4. What the initiator sent behind the reset goes
    // with the session.
    private void ResetNexus(TaskManagementOperation operation, ITargetEffects effects)
    {
        _resettingNexus = true;
        _window.Forget(static _ => true);
        _postponed.Clear();
        EndTasks(operation, static _ => true, effects);
    }

    // RFC 7144 §6.3: all connections of the session are dropped and time out at once, whatever Time2Wait and Time2Retain say. The response, when there is one, goes out
    // before (§6.4.2).
    private void EndAfterNexusReset(CloseKind kind, ITargetEffects effects) => Terminate("7144/6.3 I_T NEXUS RESET", kind, SessionEnding.Closure, effects);

    // Tasks that do not end, or R2Ts that are not answered, must not keep the nexus: RFC 7144 §6.4.2 does not promise the response.
    private void CheckNexusResetDeadline(TimeSpan now, ITargetEffects effects)
    {
        if (_running.Find(static operation => operation.Request.Function == TaskManagementFunction.ITNexusReset) is { } reset
            && _resettingNexus && now - reset.StartedAt > _options.DrainTimeout)
        {
            _running.Remove(reset);
            EndAfterNexusReset(CloseKind.Now, effects);
        }
    }
}
