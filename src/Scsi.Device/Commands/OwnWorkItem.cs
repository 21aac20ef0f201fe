using System.Runtime.CompilerServices;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// What awaits this goes on as a work item of the thread pool's shared queue, whatever the context. <see cref="Task.Yield"/> would go back to a captured context, and
/// a forced yield of a completed task goes to the pool thread's own queue, which that thread serves before the shared one: neither lets others go first.
/// </summary>
/// <param name="cancellationToken">Looked at when the work item runs.</param>
internal readonly struct OwnWorkItem(CancellationToken cancellationToken) : ICriticalNotifyCompletion
{
    private static readonly Action<Action> Run = static continuation => continuation();

    /// <summary>Never: there is always a hop.</summary>
    public bool IsCompleted => false;

    /// <summary>For the compiler.</summary>
    public OwnWorkItem GetAwaiter() => this;

    /// <summary>There is no result.</summary>
    /// <exception cref="OperationCanceledException">The token says so.</exception>
    public void GetResult() => cancellationToken.ThrowIfCancellationRequested();

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(Run, continuation, preferLocal: false);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(Run, continuation, preferLocal: false);
}
