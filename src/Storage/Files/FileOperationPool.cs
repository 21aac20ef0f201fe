namespace Blockwire.Storage;

/// <summary>Keeps up to <see cref="MaxKept"/> idle operations of one disk for reuse.</summary>
internal sealed class FileOperationPool(FileDisk disk)
{
    private const int MaxKept = 256;

    private readonly Lock _gate = new();
    private FileOperation? _top;
    private int _kept;

    public FileOperation Rent()
    {
        lock (_gate)
        {
            if (_top is { } operation)
            {
                _top = operation.NextWaiting;
                operation.NextWaiting = null;
                _kept--;
                return operation;
            }
        }
        return new FileOperation(disk);
    }

    public void Return(FileOperation operation)
    {
        lock (_gate)
        {
            if (_kept == MaxKept) return;
            operation.NextWaiting = _top;
            _top = operation;
            _kept++;
        }
    }
}
