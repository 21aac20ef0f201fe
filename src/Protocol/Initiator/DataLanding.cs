namespace Blockwire.Protocol.Initiator;

/// <summary>
/// The share of a task that a connection holds while its shell receives into the task's buffer. Until it is given back the task is not sent anew: what a connection that is
/// lost still receives must not come over what another one brings.
/// </summary>
internal sealed class DataLanding : IDisposable
{
    private InitiatorTask? _task;

    public DataLanding Begin(InitiatorTask task)
    {
        task.BeginLanding();
        _task = task;
        return this;
    }

    public void Dispose() => Interlocked.Exchange(ref _task, null)?.EndLanding();
}
