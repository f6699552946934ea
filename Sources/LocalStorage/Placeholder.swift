// LocalStorage
