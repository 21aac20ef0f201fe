namespace Blockwire.Initiator;

/// <summary>One LUN of a session.</summary>
internal sealed class SessionUnit(IscsiSession session, ulong lun) : IScsiExecutor
{
    public ValueTask<ScsiResult> ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken) =>
        session.ExecuteAsync(lun, request, cancellationToken);
}
