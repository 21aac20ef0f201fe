// The clients and servers are processes of their own and share two cores with each other: one test at a time keeps times meaningful.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
