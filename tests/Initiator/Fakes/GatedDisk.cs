using Blockwire.Storage;

namespace Blockwire.Initiator.Tests.Fakes;

/// <summary>A gate that writes wait at while it is closed.</summary>
internal sealed class ManualGate : IDisposable
{
    private readonly TaskCompletionSource _waited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _open = Opened();

    public void Close() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _open.TrySetResult();

    /// <summary>Somebody stands at the gate.</summary>
    public Task WaitedForAsync() => _waited.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public Task PassAsync()
    {
        if (!_open.Task.IsCompleted)
        {
            _waited.TrySetResult();
        }

        return _open.Task;
    }

    public void Dispose() => Open();

    private static TaskCompletionSource Opened()
    {
        TaskCompletionSource open = new();
        open.SetResult();
        return open;
    }
}

/// <summary>A disk whose writes wait at a gate until it opens or they are cancelled.</summary>
internal sealed class GatedDisk(IBlockDevice next, ManualGate gate) : BlockFilter(next)
{
    public override DeviceTraits Traits => base.Traits with { CompletesInline = false };

    public override async ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        await gate.PassAsync().WaitAsync(cancellationToken);
        return await base.WriteAsync(lba, from, forceUnitAccess, cancellationToken);
    }
}
